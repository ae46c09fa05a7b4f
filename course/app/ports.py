"""Ports of this computer: is this one free, and which one is."""

import os
import socket
from typing import Final

from course.errors import CourseError

LOCALHOST: Final = "127.0.0.1"


def require_free(port: int) -> None:
    """Refuse a port that something else listens on, before a server does so with a stack of log lines.

    Raises
    ------
    CourseError
        If the port cannot be bound on this machine.
    """
    with socket.socket() as probe:
        if os.name == "posix":  # a port in TIME_WAIT is free; on Windows the option means something else
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except PermissionError as error:
            raise CourseError(
                f"port {port} is reserved for the system", "Choose one of 1024 or more, or leave --port out"
            ) from error
        except OSError as error:
            raise CourseError(
                f"port {port} is in use, perhaps by a JupyterLab or a playground that is still running",
                "Leave --port out and a free one is found, or see what is running with: jupyter server list",
            ) from error


def find_free() -> int:
    """Return a port that nothing listens on now, as the system chooses it."""
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        return int(probe.getsockname()[1])
