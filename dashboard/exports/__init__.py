"""The package that a company takes home: values and everything that is needed to understand them.

Promises: what is inside was visible to the viewer, in one state of the database; memory is bounded
however much it is; a spreadsheet that opens it computes no formula that somebody wrote into a name.
Never: writes to the disk; reads anything but the views of schema `visible`.
"""
