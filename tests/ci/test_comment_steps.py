"""One comment a pull request, edited in place: the scripts as they stand in the files, against stand-ins of both APIs."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.ci.files import run, script, stand_in

MARKER = "<!-- moorage:comment -->"
BOT = "github-actions[bot]"
# `gh api` over a file: a GET in pages of two, filtered by the real jq page by page as gh does; POST and PATCH.
GH = f"""#!{sys.executable}
import json, os, pathlib, subprocess, sys
store, arguments = pathlib.Path(os.environ["STORE"]), sys.argv[1:]
comments = json.loads(store.read_text())
with open(store.with_suffix(".log"), "a") as log:
    print(*arguments, file=log)
def option(name):
    return arguments[arguments.index(name) + 1] if name in arguments else None
method = option("--method") or "GET"
if method in os.environ.get("REFUSES", ""):
    sys.exit("gh: " + os.environ["BECAUSE"])
assert os.environ["GH_TOKEN"] == "token-of-the-run"
if method == "GET":
    for start in range(0, len(comments), 2):
        page = json.dumps(comments[start:start + 2])
        sys.stdout.write(subprocess.run(["jq", "-r", option("--jq")], input=page, capture_output=True, text=True, check=True).stdout)
        if "--paginate" not in arguments:
            break
else:
    name, _, path = option("--field").partition("=@")
    assert name == "body"
    body = pathlib.Path(path).read_text()
    target = arguments[arguments.index("--method") + 2]
    if method == "POST":
        assert target == "repos/acme/profiles/issues/7/comments", target
        comments.append({{"id": 100 + len(comments), "user": {{"login": "{BOT}"}}, "body": body}})
    else:
        (found,) = [comment for comment in comments if target == f"repos/acme/profiles/issues/comments/{{comment['id']}}"]
        found["body"] = body
    store.write_text(json.dumps(comments))
"""
EXPRESSIONS = {
    "vars.MOORAGE_REQUIREMENT": "",
    "github.token": "token-of-the-run",
    "github.event.pull_request.number": "7",
    "github.event.pull_request.head.sha": "c" * 40,
    "needs.preview.outputs.report": "https://example.com/page",
}
FORBIDDEN = "Resource not accessible by integration (HTTP 403)"


@pytest.fixture
def comment(tmp_path):
    """Runs the job's script with a report, on what the pull request has by then."""
    stand_in(tmp_path / "tools", "gh", GH)
    store = tmp_path / "store.json"
    store.write_text("[]")

    def commented(report: str, before: list | None = None, expressions: dict[str, str] | None = None, **given: str):
        if before is not None:
            store.write_text(json.dumps(before))
        (tmp_path / "comment.md").write_text(f"{MARKER}\n{report}\n")
        given = {
            "STORE": str(store), "GITHUB_REPOSITORY": "acme/profiles", "GITHUB_SERVER_URL": "https://example.com", "GITHUB_RUN_ID": "5", **given,
        }  # fmt: skip
        step = script("comment", "Write the comment, or edit the earlier one")
        done = run(step, tmp_path, given, tmp_path / "tools", expressions=EXPRESSIONS | (expressions or {}))
        return done, json.loads(store.read_text())

    return commented


def by(login: str, body: str, number: int) -> dict:
    return {"id": number, "user": {"login": login}, "body": body}


@pytest.mark.real_tool("jq")
def test_the_first_run_writes_and_the_second_edits_the_same_comment(comment):
    done, comments = comment("red")
    assert done.returncode == 0, done.stderr
    assert [item["body"] for item in comments] == [
        f"{MARKER}\nred\n\n[Full report](https://example.com/page) of commit {'c' * 40}\n"
    ]
    done, comments = comment("green")
    assert done.returncode == 0, done.stderr
    (only,) = comments
    assert only["body"].startswith(f"{MARKER}\ngreen\n")


@pytest.mark.real_tool("jq")
def test_our_comment_is_found_behind_many_and_nobody_elses_is_touched(comment):
    others = [
        by("mallory", f"{MARKER}\nlooks like ours", 1), by(BOT, "of another workflow", 2), by("ann", "What costs that?", 3),
        by(BOT, f"quoting {MARKER}", 4),
    ]  # fmt: skip
    done, comments = comment("green", [*others, by(BOT, f"{MARKER}\nred", 5), by("ann", "Thanks.", 6)])
    assert done.returncode == 0, done.stderr
    assert comments[:4] == others
    assert [item["id"] for item in comments] == [1, 2, 3, 4, 5, 6]
    assert comments[4]["body"].startswith(f"{MARKER}\ngreen\n")


@pytest.mark.real_tool("jq")
def test_without_a_page_the_comment_links_the_run(comment):
    _, ((only),) = comment("red", expressions={"needs.preview.outputs.report": ""})
    assert "[Full report](https://example.com/acme/profiles/actions/runs/5)" in only["body"]


@pytest.mark.real_tool("jq")
@pytest.mark.parametrize("refuses", ["GET", "POST"])
def test_on_a_fork_the_job_passes_and_says_where_the_report_is(refuses, comment):
    done, comments = comment("red", REFUSES=refuses, BECAUSE=FORBIDDEN)
    assert (done.returncode, comments) == (0, [])
    assert done.stdout.startswith("::notice title=moorage::")


@pytest.mark.real_tool("jq")
@pytest.mark.parametrize("refuses", ["GET", "PATCH"])
def test_any_other_failure_fails_and_never_writes_a_second_comment(refuses, comment):
    before = [by(BOT, f"{MARKER}\nred", 5)]
    done, comments = comment("green", before, REFUSES=refuses, BECAUSE="Server Error (HTTP 502)")
    assert (done.returncode, comments) == (1, before)
    assert "HTTP 502" in done.stderr


class GitLab(HTTPServer):
    """The four calls of GitLab's API that the job makes, in pages of two."""

    def __init__(self, notes: list[dict]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.notes = notes
        self.refused = False


class _Handler(BaseHTTPRequestHandler):
    server: GitLab

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/api/v4/user":
            return self.answer({"id": 42})
        assert path == "/api/v4/projects/3/merge_requests/7/notes"
        page = int(dict(item.split("=") for item in query.split("&"))["page"])
        following = str(page + 1) if len(self.server.notes) > page * 2 else ""
        return self.answer(self.server.notes[page * 2 - 2 : page * 2], following)

    def do_POST(self):
        self.server.notes.append({"id": 100, "author": {"id": 42}, "body": self.body()})
        self.answer({})

    def do_PUT(self):
        (found,) = [note for note in self.server.notes if self.path.endswith(f"/notes/{note['id']}")]
        found["body"] = self.body()
        self.answer({})

    def body(self) -> str:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]

    def answer(self, document, following=""):
        allowed = self.headers["PRIVATE-TOKEN"] == "token-of-the-project" and not self.server.refused
        self.send_response(200 if allowed else 403)
        self.send_header("X-Next-Page", following)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def note(tmp_path):
    """Runs the job's script against a server on this machine."""
    server = GitLab([])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def noted(report: str, notes: list[dict] | None = None):
        server.notes = server.notes if notes is None else notes
        (tmp_path / "comment.md").write_text(f"{MARKER}\n{report}\n")
        given = {
            "CI_API_V4_URL": f"http://127.0.0.1:{server.server_port}/api/v4", "CI_PROJECT_ID": "3", "CI_MERGE_REQUEST_IID": "7",
            "MOORAGE_NOTE_TOKEN": "token-of-the-project",
        }  # fmt: skip
        done = run(script("moorage-note"), tmp_path, given, Path(sys.executable).parent)
        return done, server.notes

    noted.server = server
    yield noted
    server.shutdown()
    thread.join()
    server.server_close()


def test_gitlabs_note_is_written_once_and_then_edited(note):
    for report in ("red", "green ü"):
        done, notes = note(report)
        assert done.returncode == 0, done.stderr
        assert [item["body"] for item in notes] == [f"{MARKER}\n{report}\n"]


def test_gitlabs_note_is_found_behind_many_and_nobody_elses_is_touched(note):
    def by(author: int, body: str, number: int) -> dict:
        return {"id": number, "author": {"id": author}, "body": body}

    others = [by(1, f"{MARKER}\nlooks like ours", 1), by(42, "assigned", 2), by(2, "What costs that?", 3)]
    done, notes = note("green", [*others, by(42, f"{MARKER}\nred", 4), by(2, "Thanks.", 5)])
    assert done.returncode == 0, done.stderr
    assert notes[:3] == others
    assert [item["id"] for item in notes] == [1, 2, 3, 4, 5]
    assert notes[3]["body"] == f"{MARKER}\ngreen\n"


def test_a_token_that_gitlab_refuses_fails_and_is_not_printed(note):
    note.server.refused = True
    done, notes = note("green", [])
    assert (done.returncode, notes) == (1, [])
    assert "HTTP Error 403" in done.stderr
    assert "token-of-the-project" not in done.stdout + done.stderr
