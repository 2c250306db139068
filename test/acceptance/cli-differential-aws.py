"""Runs command lines of the AWS CLI v2, each in a process of its own that has the program loaded already.

Loading takes longer than most commands. Reads a JSON object per line from standard input (`words`, `env`,
`cwd`) and answers each with one (`code`, `stdout`, `stderr`) on standard output.
"""
import json
import os
import sys
import tempfile

import awscli
import awscli.clidriver


# Set when the program was loaded.
DATA_PATH = os.environ["AWS_DATA_PATH"]


def run(words, env, cwd):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            os._exit(run_in_child(words, env, cwd, (out, err)))
        _, status = os.waitpid(pid, 0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "stdout": read(out),
            "stderr": read(err),
        }


def run_in_child(words, env, cwd, files):
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, source in enumerate([nothing, *(file.fileno() for file in files)]):
        os.dup2(source, number)
    os.environ.clear()
    os.environ.update({**env, "AWS_DATA_PATH": DATA_PATH})
    os.chdir(cwd)
    sys.argv = ["aws", *words]
    try:
        code = awscli.clidriver.main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code or 0)


def read(file):
    file.seek(0)
    return file.read().decode()


print(json.dumps({"version": awscli.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(run(request["words"], request["env"], request["cwd"])), flush=True)
