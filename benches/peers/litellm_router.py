#!/usr/bin/env python3
"""The rival of `resolve`: how long LiteLLM's Router takes to pick a deployment, and how often it picks
one that is cooling.

    python3 benches/peers/litellm_router.py

Makes a virtual environment under target/peers/litellm, installs LiteLLM there from PyPI at the version
below, and measures `get_available_deployment` (synchronous, as its own `completion` calls it) with half
of 2, 100 and 1000 deployments cooling; then counts wrong picks with 250 of 500 cooling, since the
Router keeps its cooldowns in a cache of its own. No request leaves the machine. The numbers stand
beside ours in benches/README.md; both do more than the other: ours gives a reason for every profile,
theirs counts requests for its strategies.
"""

import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

VERSION = "1.106.2"
SIZES = (2, 100, 1000)
HOME = pathlib.Path(__file__).resolve().parents[2] / "target" / "peers" / "litellm"
PYTHON = HOME / "bin" / "python"


def install() -> None:
    """Makes the environment once, and goes on inside it."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
    probe = "import importlib.metadata as m; print(m.version('litellm'))"
    found = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, text=True, check=False)
    if found.stdout.strip() != VERSION:
        subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", f"litellm=={VERSION}"], check=True)
    # Prices and telemetry would be looked up on the network at import.
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False", "LITELLM_LOG": "CRITICAL"}
    os.execve(str(PYTHON), [str(PYTHON), __file__], {**os.environ, **quiet, "LITELLM_PEER": "1"})


def router(size: int):
    """A Router with `size` deployments of one model, every second one of them cooling, and their ids."""
    from litellm import Router

    models = [
        {
            "model_name": "opus",
            "litellm_params": {"model": "anthropic/claude-opus-4-5", "api_key": f"sk-{n}"},
            "model_info": {"id": f"d{n}"},
        }
        for n in range(size)
    ]
    made = Router(model_list=models, num_retries=0, set_verbose=False)
    cooling = {f"d{n}" for n in range(1, size, 2)}
    for deployment in sorted(cooling):
        made.cooldown_cache.add_deployment_to_cooldown(
            model_id=deployment, original_exception=Exception("429"), exception_status=429, cooldown_time=3600
        )
    return made, cooling


def pick(made) -> str:
    chosen = made.get_available_deployment(model="opus", messages=[{"role": "user", "content": "x"}])
    return chosen["model_info"]["id"]


def measure() -> None:
    import importlib.metadata

    import litellm

    litellm.suppress_debug_info = True
    print(f"litellm {importlib.metadata.version('litellm')}, Python {platform.python_version()}")
    for size in SIZES:
        made, _ = router(size)
        pick(made)
        times, ends = [], time.perf_counter() + 5
        while len(times) < 20 or (time.perf_counter() < ends and len(times) < 5000):
            start = time.perf_counter_ns()
            pick(made)
            times.append(time.perf_counter_ns() - start)
        best, median = min(times) / 1000, statistics.median(times) / 1000
        print(f"{size:>5} deployments, half cooling: best {best:.1f} us, median {median:.1f} us, {len(times)} picks")
    made, cooling = router(500)
    picks = [pick(made) for _ in range(400)]
    wrong = sum(chosen in cooling for chosen in picks)
    print(f"  500 deployments, 250 cooling: {wrong} of {len(picks)} picks were cooling ones")


if __name__ == "__main__":
    if os.environ.get("LITELLM_PEER") != "1":
        install()
    measure()
