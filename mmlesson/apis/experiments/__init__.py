"""Many runs: jobs, worker processes, sweeps, searches, lessons with claims."""
