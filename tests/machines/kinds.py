"""Other computers within this one: which code paths a processor of another age would take."""

from dataclasses import dataclass

from llvmlite import binding
from numpy._core._multiarray_umath import __cpu_dispatch__


@dataclass(frozen=True)
class Machine:
    """A kind of computer: what it emulates, and the kernels that OpenBLAS, Numba and NumPy are told to use."""

    name: str
    what: str
    blas: str
    numba: str
    numpy_up_to: int  # x86-64 level of NumPy's own loops: 2 has SSE4.2, 3 AVX2 and FMA, 4 AVX-512
    threads: int
    needs: str  # the feature of this processor without which it would stop at an illegal instruction

    def environment(self) -> dict[str, str]:
        """Variables that make a new process compute as on that machine; Numba and NumPy read them at their import."""
        off = [name for name in __cpu_dispatch__ if _level(name) > self.numpy_up_to]
        threads = str(self.threads)
        return {
            "OPENBLAS_CORETYPE": self.blas,
            "OPENBLAS_L2_SIZE": "512",  # KiB; without it Haswell's kernels crash on some virtual machines
            "NUMBA_CPU_NAME": self.numba,
            **({"NPY_DISABLE_CPU_FEATURES": " ".join(off)} if off else {}),
            **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), threads),
        }


def _level(feature: str) -> int:
    """x86-64 level that a name of NumPy's dispatch belongs to, in its old and its new spelling."""
    if feature.startswith("X86_V"):
        return int(feature.removeprefix("X86_V"))
    return 4 if feature.startswith("AVX512") else 3 if feature in {"AVX", "AVX2", "FMA3", "F16C"} else 2


MACHINES = {
    machine.name: machine
    for machine in (
        Machine("nehalem", "Intel of 2008: SSE4.2, no fused multiply-add", "Nehalem", "nehalem", 2, 1, "sse4.2"),
        Machine("haswell", "Intel of 2013: AVX2 and fused multiply-add", "Haswell", "haswell", 3, 2, "avx2"),
        Machine("zen", "AMD of 2017: AVX2 (OpenBLAS takes Haswell's kernels)", "Zen", "znver1", 3, 1, "avx2"),
        Machine("skylake-x", "Intel of 2017: AVX-512", "SkylakeX", "skylake-avx512", 4, 1, "avx512f"),
        Machine("prescott", "Pentium 4 of 2004 (NumPy itself needs SSE4.2)", "Prescott", "core2", 2, 1, "sse4.2"),
    )
}


def here() -> tuple[Machine, ...]:
    """Those that this processor can emulate."""
    features = binding.get_host_cpu_features()
    return tuple(machine for machine in MACHINES.values() if features.get(machine.needs))
