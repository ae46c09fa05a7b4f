"""Two rooms: the learner's code runs in a sandbox, and the judge stays outside and asks it for data.

Nothing that comes out of the sandbox is unpickled or executed: `wire` says what data are.
"""
