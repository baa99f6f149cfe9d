"""What happens when parts of the line crash: real processes, real faults, and a checker."""
