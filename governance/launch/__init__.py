"""What ``./run`` does once ``.venv`` exists: servers, children, tests, one-off commands.

Nothing here is imported by the application; it prepares an environment and starts programs.
"""
