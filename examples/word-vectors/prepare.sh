#!/usr/bin/env bash
# Writes data/text.txt: 1,500 lines of two sentences each, made from a small grammar. Five topics
# have words of their own; `lamp` and `lantern` stand in the same places of one topic and nowhere
# else, so their vectors should be each other's nearest. Nothing is taken from any book.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lines=${1:-1500}
to=${2:-$here/data}
mkdir -p "$to"
awk -v lines="$lines" '
function pick(list, n, words) { n = split(list, words, " "); return words[1 + int(rand() * n)] }
function sentence(topic) {
  return "the " pick(kind[topic]) " " pick(thing[topic]) " " pick(does[topic]) " " \
         pick(how[topic]) " and " pick(does[topic]) " by the " pick(place[topic])
}
BEGIN {
  srand(7)
  kind[1] = "salty swift wooden grey";    thing[1] = "boat gull sailor wave anchor"
  does[1] = "drifts sinks rocks sails";   how[1] = "slowly seaward calmly";  place[1] = "harbour reef island tide"
  kind[2] = "hot sweet fresh spicy";      thing[2] = "soup bread sauce onion pepper"
  does[2] = "simmers cooks boils bakes";  how[2] = "gently evenly thickly";  place[2] = "stove oven pan table"
  kind[3] = "green thorny ripe wild";     thing[3] = "rose apple hedge fern clover"
  does[3] = "grows blooms climbs fades";  how[3] = "quickly freely densely"; place[3] = "fence pond meadow gate"
  kind[4] = "loud slow brass tuned";      thing[4] = "drum fiddle choir horn flute"
  does[4] = "plays rings hums echoes";    how[4] = "sadly brightly softly";  place[4] = "stage chapel hall organ"
  kind[5] = "dim oily glowing dusty";     thing[5] = "lamp lantern"
  does[5] = "flickers shines burns gleams"; how[5] = "faintly warmly steadily"; place[5] = "cellar tunnel attic stair"
  for (line = 0; line < lines; ++line) {
    topic = 1 + int(rand() * 5)
    print sentence(topic) ". " sentence(topic) "."
  }
}' >"$to/text.txt"
echo "$to/text.txt"
