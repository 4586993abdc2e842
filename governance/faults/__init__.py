"""Break the running machinery on purpose and count what was lost: ``./run faults``.

Nothing here is imported by the application. Real servers, the programs as shipped, people who
act over HTTP meanwhile, and a witness who writes down what they were told. ``docs/faults.md``.
"""
