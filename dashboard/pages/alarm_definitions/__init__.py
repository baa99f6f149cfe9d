"""What alarms watch, and how engineers define them: dated, with a reason, checked as a site file.

Never: changes what was defined before, or what happened by it.
"""
