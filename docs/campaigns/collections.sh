#!/bin/sh
# Makes the five collections of docs/campaigns.md, over the films of Wikipedia, and prints the first films of each. It needs
# curl, and the token of an editor.
#
#   docs/campaigns/collections.sh http://127.0.0.1:8080 TOKEN
set -eu
site=$1/2.0 token=$2

# ask prints the answer to an editor's request, or stops the script with the problem.
ask() {
  answer=$(curl --silent --show-error --fail-with-body -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$@") || {
    echo "$answer" >&2
    exit 1
  }
  echo "$answer"
}

# id prints the id of the first object of a list.
id() {
  found=$(ask --get "$@" -d limit=1 -d fields=id | sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')
  [ "$found" ] || { echo "nothing found: $*" >&2; exit 1; }
  echo "$found"
}

# film prints the id of the film with a title and a year.
film() { id "$site/movies" -d q_type=exact --data-urlencode "q=$1" -d "year=$2"; }

# person prints the id of a person.
person() { id "$site/persons" -d q_type=exact --data-urlencode "q=$1"; }

# collection makes a collection, and prints its first films.
collection() {
  ask "$site/collections" -d "{\"collection\":$2}" >/dev/null
  ask "$site/collections/$1/movies?limit=3&fields=title"
}

# Two days of independence, each as long as it is that day in its country. The words also find films about other freedom.
collection independence-day '{
  "name": "Independence Day", "description": "Films of those who fought for the freedom of their country.",
  "query": "q=(?i)american+revolution|revolutionary+war|war+of+independence|independence+movement|fight+for+freedom|freedom+fighter&q_type=regex&sort=-year",
  "hidden": ["'"$(film 'The 355' 2022)"'", "'"$(film 'Ernest Rides Again' 1993)"'", "'"$(film 'Star Wars' 1977)"'"],
  "periods": [
    {"from": "07-04T00-00", "to": "07-04T23-59", "every": "year", "zone": "America/New_York"},
    {"from": "08-15T00-00", "to": "08-15T23-59", "every": "year", "zone": "Asia/Kolkata"}
  ]}'

# Every summer.
collection summer-vacation '{
  "name": "Summer vacation", "description": "Animation and films for the whole family.",
  "query": "genres=animation,family&sort=-year",
  "periods": [{"from": "06-15T00-00", "to": "08-31T23-59", "every": "year", "zone": "America/New_York"}]}'

# A release: the film first, then three that go with it, then all others with its star.
collection casablanca '{
  "name": "Casablanca", "description": "Restored, from 22 January 2027.",
  "query": "persons='"$(person 'Humphrey Bogart')"'&sort=-year",
  "pins": ["'"$(film Casablanca 1942)"'", "'"$(film 'The Maltese Falcon' 1941)"'", "'"$(film 'To Have and Have Not' 1944)"'", "'"$(film 'The Big Sleep' 1946)"'"],
  "periods": [{"from": "2027-01-22T18-00", "to": "2027-02-28T23-59", "zone": "America/New_York"}]}'

# A campaign for a genre, once.
collection noirvember '{
  "name": "Noirvember", "description": "A month of film noir.",
  "query": "genres=film-noir&sort=title",
  "periods": [{"from": "2027-11-01T00-00", "to": "2027-11-30T23-59", "zone": "Europe/London"}]}'

# Always there: the chosen films, then the rest of the decade.
collection best-of-the-1970s '{
  "name": "Best of the 1970s",
  "query": "year=1970..1979&sort=year",
  "pins": ["'"$(film 'The Godfather' 1972)"'", "'"$(film Chinatown 1974)"'", "'"$(film Jaws 1975)"'", "'"$(film 'Taxi Driver' 1976)"'", "'"$(film Alien 1979)"'"]}'
