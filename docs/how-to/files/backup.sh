#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# backup.sh DIRECTORY PLACE: back DIRECTORY up to PLACE/today; keep the newest fourteen backups, and of the shred files the newest alone.
set -eu
directory=$1 place=$2 keep=14
today=$(date +%F)
demur=${DEMUR:-/usr/local/lib/demur/.venv/bin/demur}
if [ -e "$place/$today" ]; then echo "backup.sh: $place/$today is there already" >&2; exit 0; fi
"$demur" backup "$directory" "$place/$today"
# Only after a backup that was read back and checked: an older one goes when a newer one is good.
cd "$place"
ls -d 20[0-9][0-9]-[0-9][0-9]-[0-9][0-9] | sort | head -n "-$keep" | while read -r old; do rm -rf -- "./$old"; done
ls 20[0-9][0-9]-[0-9][0-9]-[0-9][0-9].shred | sort | head -n -1 | while read -r old; do rm -f -- "./$old"; done
