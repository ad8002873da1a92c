"""Distributed training: process group, heartbeat, launchers and data parallelism."""

from mmlesson.engine.distributed.peer_failure import PeerError
from mmlesson.engine.distributed.process_group import (
    all_gather,
    all_reduce_max,
    barrier,
    broadcast,
    connect,
    explain_peer_failure,
    join_process_group,
    process_group,
    rank,
    report_failure,
    world_size,
)

__all__ = [
    'PeerError',
    'all_gather',
    'all_reduce_max',
    'barrier',
    'broadcast',
    'connect',
    'explain_peer_failure',
    'join_process_group',
    'process_group',
    'rank',
    'report_failure',
    'world_size',
]
