"""Environment of launchers: rank and addresses from torchrun, SLURM and MPI.

Each launcher has its own names; they are converted to torchrun's (RANK, WORLD_SIZE, LOCAL_RANK,
LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT), which ``torch.distributed`` reads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import zlib
from collections.abc import Mapping

from mmlesson.errors import UserError
from mmlesson.utils.threads import VARIABLE, cores_per_process

_NAMES = {
    'pytorch': ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'LOCAL_WORLD_SIZE'),
    'slurm': ('SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_LOCALID', 'SLURM_NTASKS_PER_NODE'),
    'mpi': (
        'OMPI_COMM_WORLD_RANK',
        'OMPI_COMM_WORLD_SIZE',
        'OMPI_COMM_WORLD_LOCAL_RANK',
        'OMPI_COMM_WORLD_LOCAL_SIZE',
    ),
}
_HOW = {
    'pytorch': 'tools/dist_train.sh CONFIG N, or torchrun --nproc-per-node N',
    'slurm': 'tools/slurm_train.sh PARTITION JOB CONFIG, or srun',
    'mpi': 'mpirun -n N',
}


def set_rank_env(launcher: str) -> None:
    """Set the environment variables of torchrun for this process.

    Raises:
        UserError: If the launcher did not start this process.
    """
    rank, size, local_rank, local_size = _NAMES[launcher]
    if rank not in os.environ or size not in os.environ:
        raise UserError(
            f'--launcher {launcher} needs {rank} and {size} in the environment, which the launcher '
            f'sets. Start by {_HOW[launcher]}.'
        )
    ours = {
        'RANK': os.environ[rank],
        'WORLD_SIZE': os.environ[size],
        'LOCAL_RANK': os.environ.get(local_rank, '0'),
        'LOCAL_WORLD_SIZE': os.environ.get(local_size, os.environ[size]),
    }
    os.environ.update(ours)
    if launcher == 'pytorch':
        _end_with_parent()
    else:
        if 'MASTER_ADDR' not in os.environ:
            os.environ['MASTER_ADDR'] = _master(launcher, os.environ)
        os.environ.setdefault('MASTER_PORT', str(_port(os.environ)))
    _share_cores(int(ours['LOCAL_WORLD_SIZE']))


def refuse_lonely_copies() -> None:
    """Raise `UserError` if torchrun started several processes that would train independently."""
    if int(os.environ.get('WORLD_SIZE', 1)) > 1 and 'TORCHELASTIC_RUN_ID' in os.environ:
        raise UserError(
            'torchrun started several processes, and each would train alone. '
            'Add --launcher pytorch.'
        )


def _end_with_parent() -> None:
    """Have the system send SIGTERM when torchrun ends for any reason; Linux only."""
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def launch_id() -> str | None:
    """Return an identifier of this launch that survives restarts; None without restarts."""
    if 'TORCHELASTIC_RUN_ID' in os.environ:  # the agent is our parent and outlives its processes
        return f'torchrun {os.environ["TORCHELASTIC_RUN_ID"]} {socket.gethostname()} {os.getppid()}'
    if 'SLURM_JOB_ID' in os.environ:  # a job may hold several runs, each a step of the job
        return f'slurm {os.environ["SLURM_JOB_ID"]} {os.environ.get("SLURM_STEP_ID", "")}'
    return None


def is_restart() -> bool:
    """Return whether the launcher has restarted this command after a failure."""
    counts = (os.environ.get(n) for n in ('TORCHELASTIC_RESTART_COUNT', 'SLURM_RESTART_COUNT'))
    return any(int(count or 0) > 0 for count in counts)


def use_interface_of_master() -> None:
    """Make gloo and NCCL use the network interface towards the master, unless the user set one.

    gloo uses the address that the host name resolves to. On many machines that is another network,
    or the name does not resolve.
    """
    address = os.environ['MASTER_ADDR']
    if 'GLOO_SOCKET_IFNAME' in os.environ or not hasattr(socket, 'if_nameindex'):
        return
    name = _interface_to(address)
    if name is not None:
        os.environ['GLOO_SOCKET_IFNAME'] = name
        if not name.startswith('lo'):
            os.environ.setdefault('NCCL_SOCKET_IFNAME', name)


def _interface_to(address: str) -> str | None:
    """Return the interface from which packets to ``address`` would be sent."""
    try:
        import fcntl
        import struct

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))  # no packet is sent
            own = socket.inet_aton(probe.getsockname()[0])
            for _, name in socket.if_nameindex():
                request = struct.pack('256s', name.encode()[:15])
                try:
                    answer = fcntl.ioctl(probe.fileno(), 0x8915, request)  # SIOCGIFADDR
                except OSError:
                    continue  # an interface without an address
                if answer[20:24] == own:
                    return name
    except (ImportError, OSError):
        return None
    return None


def _master(launcher: str, env: Mapping[str, str]) -> str:
    """Return the address of the machine where rank 0 runs."""
    if launcher == 'slurm':
        if env.get('SLURM_NNODES') == '1':
            return '127.0.0.1'
        nodes = env.get('SLURM_STEP_NODELIST') or env['SLURM_NODELIST']
        command = ['scontrol', 'show', 'hostnames', nodes]
        shown = subprocess.run(command, capture_output=True, text=True, check=True)
        return shown.stdout.split()[0]
    if env['WORLD_SIZE'] == env['LOCAL_WORLD_SIZE']:
        return '127.0.0.1'
    raise UserError(
        f'--launcher {launcher} over several machines needs MASTER_ADDR, the address of the '
        'machine of rank 0. Set it in the environment of all processes.'
    )


def _port(env: Mapping[str, str]) -> int:
    """Return a port shared by all processes of a job; two jobs rarely get the same."""
    names = ('SLURM_JOB_ID', 'SLURM_STEP_ID', 'OMPI_MCA_ess_base_jobid', 'PMIX_NAMESPACE')
    job = ' '.join(env.get(name, '') for name in names)
    return 20000 + zlib.crc32(job.encode()) % 10000


def _share_cores(processes: int) -> None:
    """Give each process its share of the CPU cores, unless the number of threads is set."""
    share = cores_per_process(processes)
    threads = os.environ.get('SLURM_CPUS_PER_TASK', str(share))
    os.environ.setdefault(VARIABLE, threads)
    os.environ.setdefault('MKL_NUM_THREADS', threads)
