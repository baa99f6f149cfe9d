"""In which browsers a person is told of alarms; each sees and ends their own only."""
