#!/bin/sh
# Installs the lettabox program: takes the archive for this machine, checks it against SHA256SUMS, puts the program in place.
#
#   sh install.sh                        from the folder that this script lies in
#   sh install.sh --from URL             from where a release was put: URL/SHA256SUMS, URL/lettabox-VERSION-TARGET.tar.xz
#   sh install.sh --to DIR               into DIR; otherwise /usr/local/bin as root, else ~/.local/bin
#   sh install.sh --uninstall [--to DIR] takes the program away; the data and the service stay
#
# The checksum tells that what arrived is what lies there. Who may write there can write both: take it from a place you trust.
set -eu

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

from=
to=
uninstall=
while [ $# -gt 0 ]; do
  case $1 in
  --from | --to)
    [ $# -ge 2 ] || fail "$1 needs a value"
    if [ "$1" = --from ]; then from=$2; else to=$2; fi
    shift
    ;;
  --uninstall) uninstall=yes ;;
  --help | -h)
    # The head of this file; piped into sh there is no file.
    if [ -f "$0" ]; then sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"; else say "options: --from URL, --to DIR, --uninstall"; fi
    exit 0
    ;;
  *) fail "there is no option $1" ;;
  esac
  shift
done

if [ -z "$to" ]; then
  if [ "$(id -u)" -eq 0 ]; then to=/usr/local/bin; else to=${HOME:?}/.local/bin; fi
fi

if [ -n "$uninstall" ]; then
  [ -e "$to/lettabox" ] || fail "there is no $to/lettabox"
  rm "$to/lettabox"
  say "Removed $to/lettabox. A service is removed by the program itself: lettabox service uninstall"
  exit 0
fi

# The target, as archives are called.
system=$(uname -s)
machine=$(uname -m)
case $machine in
x86_64 | amd64) machine=x64 ;;
aarch64 | arm64) machine=arm64 ;;
esac
case $system in
Linux) target=linux-$machine ;;
Darwin) target=darwin-$machine ;;
*) target=$system-$machine ;;
esac
# Alpine and others have musl for a C library.
is_musl() {
  if has ldd; then ldd --version 2>&1 | grep -qi musl; else [ -n "$(find /lib -maxdepth 1 -name 'ld-musl-*')" ]; fi
}
if [ "$system" = Linux ] && is_musl; then target=$target-musl; fi

if has sha256sum; then
  sha256() { sha256sum "$1" | cut -d ' ' -f 1; }
elif has shasum; then
  sha256() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
else
  fail "sha256sum or shasum is needed"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

if [ -z "$from" ] && [ -f "$0" ] && [ -f "$(dirname "$0")/SHA256SUMS" ]; then
  from=$(cd "$(dirname "$0")" && pwd)
fi
case $from in
'') fail "where is the release? --from URL" ;;
http://* | https://*)
  if has curl; then
    fetch() { curl -fsSL --retry 2 -o "$2" "${from%/}/$1"; }
  elif has wget; then
    fetch() { wget -q -O "$2" "${from%/}/$1"; }
  else
    fail "curl or wget is needed"
  fi
  ;;
*) fetch() { cp "$from/$1" "$2"; } ;;
esac

fetch SHA256SUMS "$work/SHA256SUMS" || fail "there is no SHA256SUMS at $from"
line=$(grep -E "^[0-9a-f]{64}  lettabox-[0-9][^/ ]*-$target\.tar\.xz\$" "$work/SHA256SUMS" || true)
if [ "$(printf '%s' "$line" | grep -c .)" -ne 1 ]; then
  fail "this release has no binary for $target; it has:
$(sed -n 's/^[0-9a-f]*  lettabox-[^-]*-\(.*\)\.\(tar\.xz\|zip\)$/  \1/p' "$work/SHA256SUMS")"
fi
archive=${line#*  }

say "Fetching $archive"
fetch "$archive" "$work/$archive" || fail "$archive cannot be fetched from $from"
[ "$(sha256 "$work/$archive")" = "${line%% *}" ] || fail "$archive is damaged: its checksum is not the one in SHA256SUMS"
if ! tar -xJf "$work/$archive" -C "$work" 2>"$work/why"; then
  has xz || fail "xz is needed to unpack (Debian and Ubuntu: apt install xz-utils; Alpine: apk add xz)"
  fail "$archive cannot be unpacked: $(cat "$work/why")"
fi
program=$work/${archive%.tar.xz}/lettabox

# Tried before it replaces another one.
if ! version=$("$program" version 2>"$work/why"); then
  case $target in
  *-musl) fail "the program does not run here; on Alpine it needs: apk add libstdc++" ;;
  *) fail "the program does not run here: $(head -n 3 "$work/why")" ;;
  esac
fi

mkdir -p "$to" 2>/dev/null || fail "$to cannot be made; run this with sudo, or choose another with --to"
# Renamed into place, so that one that runs goes on running.
if ! cp "$program" "$to/.lettabox.new" 2>/dev/null || ! mv "$to/.lettabox.new" "$to/lettabox"; then
  rm -f "$to/.lettabox.new" 2>/dev/null || true
  fail "$to cannot be written; run this with sudo, or choose another with --to"
fi
chmod 755 "$to/lettabox"
say "Installed lettabox $version in $to"
case :${PATH:-}: in
*:"$to":*) say "Start it with: lettabox serve" ;;
*) say "Start it with: $to/lettabox serve
(or put $to into your PATH)" ;;
esac
