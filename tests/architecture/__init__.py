"""The shape of the code base as functions: source in, complaints out."""
