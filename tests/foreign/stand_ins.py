"""Stand-ins for engines that cannot run here: each reads a file of deploy/, fills in what its engine fills in, and starts the programs
with the engine's variables. This is no proof that the engine does the same; it holds our files to what its documentation says.

    stand_ins.py DEPLOY PAGES LOAD_TEST FOLDER
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

import hcl2
import yaml

SHARDS = 3
UID = "0b67be44-9d6b-4d2c-8a4c-7c1f2f0f2a10"


def main():
    deploy, pages, load_test, folder = map(lambda path: pathlib.Path(path).resolve(), sys.argv[1:])
    sources = {
        "kubernetes": lambda: kubernetes(deploy),
        "jobset": lambda: jobset(deploy),
        "argo": lambda: argo(deploy),
        "tekton": lambda: tekton(deploy),
        "nomad": lambda: nomad(deploy, "load"),
        "nomad-dispatched": lambda: nomad(deploy, "dispatch"),
        "aws-batch": lambda: aws_batch(deploy, pages),
        "cloud-run": lambda: cloud_run(deploy, pages),
    }
    with concurrent.futures.ThreadPoolExecutor(len(sources)) as pool:
        runs = [pool.submit(run, folder / name, load_test, *source()) for name, source in sources.items()]
        for name, done in zip(sources, runs):
            done.result()
            print(f"{name}: {SHARDS} shards, merged")


def read(path):
    """The file for three shards in place of twelve."""
    return re.sub(r"\b12\b", str(SHARDS), path.read_text())


# What is started: arguments and variables of each shard, and those of the merge.


def kubernetes(deploy):
    load, merge = (yaml.safe_load(read(deploy / f"kubernetes/{name}.yaml")) for name in ("load", "merge"))
    labels = {"batch.kubernetes.io/controller-uid": UID}
    merge = json.loads(json.dumps(merge).replace("run-uid", UID))
    return pods(load["spec"], labels), pods(merge["spec"], labels)[0]


def jobset(deploy):
    jobs = yaml.safe_load(read(deploy / "kubernetes/jobset.yaml"))["spec"]["replicatedJobs"]
    load, merge = (pods(job["template"]["spec"], {"jobset.sigs.k8s.io/jobset-uid": UID}) for job in jobs)
    return load, merge[0]


def pods(job, labels):
    """One container for each completion, as the kubelet starts it: `$(NAME)` is replaced by an earlier variable, `$$(NAME)` is
    `$(NAME)`, and what is not known stays. The index of an Indexed Job comes after the variables of the file."""
    assert job.get("completionMode") != "Indexed" or job["completions"] == job["parallelism"] == SHARDS
    container = job["template"]["spec"]["containers"][0]
    started = []
    for index in range(job.get("completions", 1)):
        variables = {}
        for variable in container["env"]:
            variables[variable["name"]] = value_of(variable, variables, labels)
        if job.get("completionMode") == "Indexed":
            variables["JOB_COMPLETION_INDEX"] = str(index)
        started.append(([expand(arg, variables) for arg in container["args"]], variables))
    return started


def value_of(variable, earlier, labels):
    if "value" in variable:
        return expand(variable["value"], earlier)
    return labels[re.fullmatch(r"metadata\.labels\['(.*)'\]", variable["valueFrom"]["fieldRef"]["fieldPath"])[1]]


def expand(text, variables):
    return re.sub(r"\$(\$)?\(([\w.-]+)\)", lambda it: it[0][1:] if it[1] else variables.get(it[2], it[0]), text)


def argo(deploy):
    spec = yaml.safe_load(read(deploy / "argo/load.yaml"))["spec"]
    templates = {template["name"]: template for template in spec["templates"]}
    known = {"workflow.uid": UID}
    known |= {f"workflow.parameters.{it['name']}": it["value"] for it in spec["arguments"]["parameters"]}
    load, merge = templates["fleet"]["dag"]["tasks"]
    shards = []
    for item in range(int(braces(load["withSequence"]["count"], known))):
        inputs = {it["name"]: braces(it["value"], {"item": str(item)}) for it in load["arguments"]["parameters"]}
        known_here = known | {f"inputs.parameters.{name}": value for name, value in inputs.items()}
        shards.append(([braces(arg, known_here) for arg in templates[load["template"]]["container"]["args"]], {}))
    return shards, ([braces(arg, known) for arg in templates[merge["template"]]["container"]["args"]], {})


def braces(text, known):
    return re.sub(r"{{([\w.]+)}}", lambda it: known[it[1]], text)


def tekton(deploy):
    pipeline = yaml.safe_load(read(deploy / "tekton/load.yaml"))["spec"]["pipelineSpec"]
    (load,), (merge,) = pipeline["tasks"], pipeline["finally"]
    (matrix,) = load["matrix"]["params"]
    shards = [task_run(load, {matrix["name"]: value}) for value in matrix["value"][:SHARDS]]
    return shards, task_run(merge, {})


def task_run(task, of_matrix):
    params = {it["name"]: expand(it["value"], {"context.pipelineRun.uid": UID}) for it in task["params"]} | of_matrix
    declared = {it["name"] for it in task["taskSpec"]["params"]}
    assert params.keys() == declared, (params, declared)
    known = {f"params.{name}": value for name, value in params.items()} | {"workspaces.parts.path": "/parts"}
    return [expand(arg, known) for arg in task["taskSpec"]["steps"][0]["args"]], {}


def nomad(deploy, name):
    load, merge = (nomad_job(deploy / f"nomad/{it}.nomad.hcl") for it in (name, "merge"))
    return [nomad_task(load, index) for index in range(load["count"])], nomad_task(merge, 0)


def nomad_job(path):
    """The group of a file's only job."""
    text = re.sub(r"= var\.run\b", '= "r1"', read(path))
    (job,) = plain(hcl2.loads(text))["job"]
    (body,) = job.values()
    (group,) = body["group"]
    return next(iter(group.values()))


def plain(value):
    """What python-hcl2 read, without the quotes of texts and without its notes."""
    match value:
        case dict():
            return {name.strip('"'): plain(it) for name, it in value.items() if not name.startswith("__")}
        case list():
            return [plain(it) for it in value]
        case str():
            return value.removeprefix('"').removesuffix('"')
    return value


def nomad_task(group, index):
    (task,) = group["task"]
    body = next(iter(task.values()))
    variables = {"NOMAD_ALLOC_INDEX": str(index), "NOMAD_JOB_ID": "load/dispatch-1764558000-0b67be44", "NOMAD_META_run": "r1"}
    environment = {name: dollar(value, variables) for name, value in body.get("env", [{}])[0].items()}
    return [dollar(arg, variables) for arg in body["config"][0]["args"]], environment | variables


def dollar(text, known):
    return re.sub(r"\${(\w+)}", lambda it: known[it[1]], text)


def aws_batch(deploy, pages):
    """The command of the merge is in the page."""
    command = yaml.safe_load(read(deploy / "aws-batch/load.yaml"))["containerProperties"]["command"]
    typed = arguments(pages / "aws-batch.md", "--job-name merge", {"ID": UID})
    merge = json.loads(typed[typed.index("--container-overrides") + 1])["command"]
    variables = {"AWS_BATCH_JOB_ARRAY_SIZE": str(SHARDS), "AWS_BATCH_JOB_ATTEMPT": "1"}
    indices = [{"AWS_BATCH_JOB_ID": f"{UID}:{index}", "AWS_BATCH_JOB_ARRAY_INDEX": str(index)} for index in range(SHARDS)]
    return [(command, variables | index) for index in indices], (merge, {"AWS_BATCH_JOB_ID": UID})


def cloud_run(deploy, pages):
    """The arguments of the merge are in the page."""
    spec = yaml.safe_load(read(deploy / "cloud-run/load.yaml"))["spec"]["template"]["spec"]
    assert spec["taskCount"] == spec["parallelism"] == SHARDS
    args = spec["template"]["spec"]["containers"][0]["args"]
    typed = arguments(pages / "cloud-run.md", "--tasks 1", {"RUN": "load-x7k2p"})
    merge = next(it.removeprefix("--args=") for it in typed if it.startswith("--args=")).split(",")
    return [(args, task(index, SHARDS)) for index in range(SHARDS)], (merge, task(0, 1))


def task(index, count):
    variables = {"CLOUD_RUN_TASK_INDEX": str(index), "CLOUD_RUN_TASK_COUNT": str(count), "CLOUD_RUN_TASK_ATTEMPT": "0"}
    return variables | {"CLOUD_RUN_JOB": "load", "CLOUD_RUN_EXECUTION": "load-x7k2p"}


def arguments(page, words, variables):
    """The words of the line of a page that has these ones, as a shell reads them."""
    (line,) = (line for line in page.read_text().splitlines() if words in line)
    for name, value in variables.items():
        line = line.replace(f"${name}", value)
    return shlex.split(line)


# How it is run: with a small load, on a service of its own, in a folder that is `/parts`.


def run(folder, load_test, shards, merge):
    (folder / "service").mkdir(parents=True)
    (folder / "parts").mkdir()
    (folder / "molotov.toml").touch()
    orders = pathlib.Path(__file__).with_name("orders.py")
    service = subprocess.Popen([sys.executable, orders, "serve", folder / "service"])
    try:
        while not (folder / "service/address").exists():
            assert service.poll() is None
            time.sleep(0.05)
        address = (folder / "service/address").read_text().strip()
        started = [start(folder, load_test, *it, address) for it in shards]
        for program in started:
            ended_well(program)
        ended_well(start(folder, load_test, *merge, address))
    finally:
        service.kill()
    subprocess.run([sys.executable, orders, "check", folder / "service", "7", "3"], check=True, stdout=subprocess.DEVNULL)


def start(folder, load_test, args, variables, address):
    here = {name: local(value, folder, address) for name, value in variables.items()}
    command = [load_test, *(local(arg, folder, address) for arg in small(args))]
    return subprocess.Popen(
        command, cwd=folder, env={"PATH": os.environ["PATH"]} | here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ended_well(program):
    output, _ = program.communicate(timeout=120)
    assert program.returncode == 0, f"{program.args}: exit code {program.returncode}\n{output}"


def local(text, folder, address):
    return re.sub(r"(^|=)/parts\b", lambda it: f"{it[1]}{folder}/parts", re.sub(r"http://shop(\.internal)?:8080", address, text))


def small(args):
    """The arguments with a load of seven users who make three iterations each: requests that are too few for a p99."""
    args = [arg.replace("p99 < 200ms, errors < 1%", "errors < 50%") for arg in args]
    pairs = re.sub(r"--(users|duration|ramp-up)(=|\0)[^\0]*\0", "", "\0".join([*args, ""])).split("\0")[:-1]
    return pairs if "--merge" in args else [*pairs, "--users", "7", "--max-runs", "3"]


if __name__ == "__main__":
    main()
