"""The access log as auditors read it, and the alarms that security answers for."""
