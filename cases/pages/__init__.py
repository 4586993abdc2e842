"""Pages of cases: a view finds the rows, calls one function, picks a template."""
