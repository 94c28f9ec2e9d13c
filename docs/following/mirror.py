"""Keeps a copy of a catalogue in SQLite: python3 mirror.py http://127.0.0.1:8080 copy.db"""
import http.client, json, re, sqlite3, sys, time, urllib.error, urllib.parse, urllib.request

SITE, NOUNS = sys.argv[1], "movies,genres,persons,series,seasons,episodes"
db = sqlite3.connect(sys.argv[2])
db.execute("CREATE TABLE IF NOT EXISTS objects (noun TEXT, id TEXT, json TEXT, PRIMARY KEY (noun, id))")
db.execute("CREATE TABLE IF NOT EXISTS position (only INTEGER PRIMARY KEY CHECK (only = 0), version INTEGER)")

def get(target, **headers):
    return urllib.request.urlopen(urllib.request.Request(urllib.parse.urljoin(SITE, target), headers=headers), timeout=40)

def store(noun, objects):
    db.executemany("INSERT OR REPLACE INTO objects VALUES (?, ?, ?)", [(noun, o["id"], json.dumps(o)) for o in objects])

def save(version):  # with everything up to the version, in one transaction
    db.execute("INSERT OR REPLACE INTO position VALUES (0, ?)", [version])
    db.commit()

def resync():  # what is written meanwhile comes again after the version, which was read first
    version = json.load(get("/2.0/changes?limit=1"))["meta"]["version"]
    db.execute("DELETE FROM objects")
    for plural in NOUNS.split(","):
        target = f"/2.0/{plural}?limit=100"
        while target:
            page = get(target)
            store(plural[:-1], json.load(page)[plural])
            target = (re.findall(r'<([^>]*)>; rel="next"', page.headers.get("Link", "")) or [None])[0]
    save(version)

def apply(change):
    noun, ids, version = change["noun"], change["ids"], str(change["version"])
    if change["object"]:
        return store(noun, [change["object"]])
    db.executemany("DELETE FROM objects WHERE noun = ? AND id = ?", [(noun, i) for i in ids])
    if change["operation"] == "import":  # which only names its objects
        for i in range(0, len(ids), 100):
            target = f"/2.0/{noun}s?limit=100&ids=" + ",".join(ids[i:i + 100])
            store(noun, json.load(get(target, **{"Min-Version": version}))[noun + "s"])

def follow():
    db.rollback()  # a version that was cut comes again
    position = db.execute("SELECT version FROM position").fetchone() or resync() or db.execute("SELECT version FROM position").fetchone()
    headers, event = {"Accept": "text/event-stream", "Last-Event-ID": str(position[0])}, {}
    for line in get("/2.0/changes?noun=" + NOUNS, **headers):
        name, _, value = line.decode().rstrip("\n").partition(": ")
        event[name] = value
        if line != b"\n":
            continue
        if event.get("event") == "resync":
            return resync()
        if "data" in event:
            apply(json.loads(event["data"]))
        if "id" in event:
            save(int(event["id"]))
        event = {}

while True:
    try:
        follow()
    except urllib.error.HTTPError as refusal:
        if refusal.code == 400:  # the catalogue is older than the copy: it was restored
            db.execute("DELETE FROM position")
            db.commit()
        time.sleep(1)
    except (OSError, http.client.HTTPException):
        time.sleep(1)
