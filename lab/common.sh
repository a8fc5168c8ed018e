# Shared by the lab scripts and the two commands at the top level. Sourced, never run.
# shellcheck shell=bash
set -euo pipefail

# shellcheck disable=SC2034  # used by the scripts that source this
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034  # used by the scripts that source this
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vmgauge-lab

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die CODE MESSAGE: one line on stderr, then exit.
die() {
  local code=$1
  shift
  say "$*"
  exit "$code"
}

# help: the comment header of the running script, from its second line to the first line that is no comment.
help() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

usage() { die 2 "$* (try: $0 -h)"; }

# number WHAT VALUE [LEAST]: refuses anything but a decimal number of at least LEAST (0).
number() {
  if [[ ! $2 =~ ^[0-9]{1,9}$ ]] || ((10#$2 < ${3:-0})); then
    usage "$1 wants a whole number from ${3:-0} on, not '$2'"
  fi
}

need_root() { [[ $EUID == 0 ]] || die 1 "needs root (mount namespaces, tap devices): run it as root"; }

# lab_dir DIR: checks and prints the absolute path of a lab directory. libvirt's sockets live below it, and the
# address of a unix socket has 108 bytes.
lab_dir() {
  local path
  path=$(realpath -m -- "$1")
  [[ $path =~ ^/[A-Za-z0-9._/-]+$ ]] || usage "DIR may only have letters, digits and ._-/ in its path, not '$path'"
  ((${#path} <= 80)) || usage "DIR is ${#path} characters long and may have 80: choose a shorter path than $path"
  printf '%s\n' "$path"
}

# lab_prefix DIR: a short word, different for every DIR, that starts the name of everything a lab gives the machine.
lab_prefix() { printf 'vg%05x' $(($(printf '%s' "$1" | cksum | cut -d' ' -f1) & 0xfffff)); }

lab_uri() { printf 'qemu:///system?socket=%s/run/libvirt-sock%s' "$1" "$([[ $2 == rw ]] || echo -ro)"; }
