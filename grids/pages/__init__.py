"""Management pages of places, units and staff."""
