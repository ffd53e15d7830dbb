"""Checks the files of deploy/ by the schemas and parsers that packages of Python have.

    manifests.py DEPLOY OUT      OUT gets the pipeline of Tekton's file, for tekton-lint
"""

import json
import pathlib
import subprocess
import sys

import botocore.session
import botocore.validate
import googleapiclient
import hcl2
import yaml
from hera.workflows.models import Workflow
from pydantic import BaseModel


def main():
    deploy, out = map(pathlib.Path, sys.argv[1:])
    kubernetes(deploy / "kubernetes", out)
    problems = [
        *argo(deploy / "argo/load.yaml"),
        *aws_batch(deploy / "aws-batch/load.yaml"),
        *cloud_run(deploy / "cloud-run/load.yaml"),
        *nomad(deploy / "nomad"),
        *tekton(deploy / "tekton/load.yaml", out),
    ]
    if problems:
        sys.exit("\n".join(problems))


def load(path):
    return yaml.safe_load(path.read_text())


def kubernetes(folder, out):
    """The objects of Kubernetes itself, and the jobs in the JobSet, whose own schema no registry has."""
    jobset = load(folder / "jobset.yaml")
    files = [folder / name for name in ("volume.yaml", "load.yaml", "merge.yaml")]
    for replicated in jobset["spec"]["replicatedJobs"]:
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": replicated["name"]}, **replicated["template"]}
        files.append(out / f"jobset-{replicated['name']}.yaml")
        files[-1].write_text(json.dumps(job))
    validate = pathlib.Path(sys.executable).parent / "kubernetes-validate"
    subprocess.run([validate, "--strict", "--quiet", *files], check=True)


def argo(path):
    """The types of Argo's API, which accept fields that they do not have: those are looked for here."""
    given = load(path)
    return [f"{path}: {name} is unknown" for name in unknown(given, Workflow.model_validate(given))]


def unknown(given, model, path=""):
    if isinstance(given, dict) and isinstance(model, BaseModel):
        fields = {field.alias or name: name for name, field in type(model).model_fields.items()}
        for key, value in given.items():
            if key in fields:
                yield from unknown(value, getattr(model, fields[key]), f"{path}.{key}")
            else:
                yield f"{path}.{key}"
    elif isinstance(given, list) and isinstance(model, list):
        for at, pair in enumerate(zip(given, model)):
            yield from unknown(*pair, f"{path}[{at}]")


def aws_batch(path):
    operation = botocore.session.get_session().get_service_model("batch").operation_model("RegisterJobDefinition")
    report = botocore.validate.ParamValidator().validate(load(path), operation.input_shape).generate_report()
    return [f"{path}: {report}"] if report else []


def cloud_run(path):
    """The discovery document of the API, which Google's client contains."""
    document = pathlib.Path(googleapiclient.__file__).parent / "discovery_cache/documents/run.v1.json"
    schemas = json.loads(document.read_text())["schemas"]
    return [f"{path}: {problem}" for problem in by_discovery(load(path), {"$ref": "Job"}, schemas)]


TYPES = {"string": str, "integer": int, "boolean": bool, "number": float, "array": list, "object": dict}


def by_discovery(given, schema, schemas, path=""):
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    if not isinstance(given, TYPES[schema["type"]]):
        yield f"{path} is no {schema['type']}"
    elif isinstance(given, list):
        for at, value in enumerate(given):
            yield from by_discovery(value, schema["items"], schemas, f"{path}[{at}]")
    elif isinstance(given, dict):
        for key, value in given.items():
            of_key = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if of_key is None:
                yield f"{path}.{key} is unknown"
            else:
                yield from by_discovery(value, of_key, schemas, f"{path}.{key}")


def nomad(folder):
    """The grammar alone: no package has the schema of a job."""
    for path in sorted(folder.iterdir()):
        with path.open() as file:
            if "job" not in hcl2.load(file):
                yield f"{path}: there is no job"


def tekton(path, out):
    """Writes the pipeline of the run, with the values of its matrix as values of parameters, which is all that tekton-lint knows."""
    pipeline = load(path)["spec"]["pipelineSpec"]
    for task in pipeline["tasks"]:
        task["params"] += [{"name": param["name"], "value": param["value"][0]} for param in task.pop("matrix")["params"]]
    document = {"apiVersion": "tekton.dev/v1", "kind": "Pipeline", "metadata": {"name": "load"}, "spec": pipeline}
    (out / "tekton.yaml").write_text(json.dumps(document))
    return []


main()
