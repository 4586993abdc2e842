"""How it runs and what leaders see: settings, routes, jobs, dashboards. The top layer."""
