"""The kernel behind the page, which has nothing to say in the terminal."""

from jupyter_server.services.kernels.kernelmanager import ServerKernelManager


class QuietKernel(ServerKernelManager):  # type: ignore[misc]
    """A kernel without a log.

    What goes wrong in a cell is on the page and in Voila's log. The kernel's own would be a warning of eavesdroppers at
    each start, and a traceback when Ctrl-C comes while a picture is being drawn.
    """

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """Return the command that starts the kernel."""
        command: list[str] = super().format_kernel_cmd([*(extra_arguments or []), "--IPKernelApp.log_level=CRITICAL"])
        return command
