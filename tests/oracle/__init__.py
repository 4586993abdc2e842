"""A second opinion on every deadline: counted minute by minute, by code that shares nothing."""
