#!/usr/bin/env bash
# Installs the system packages that Voldaan is built and tested with, on Debian and Ubuntu, as root or through sudo.
#
#   build/setup.sh build   what the desktop program is built with and runs on
#   build/setup.sh test    that, and what the tests drive: a browser, a virtual screen, hledger
#
# It says nothing and asks nothing when all is there. Go and Node are not installed by it: see README.md.
set -euo pipefail

build_packages=(gcc libc6-dev pkg-config libgtk-3-dev libwebkit2gtk-4.1-dev git ca-certificates)
test_packages=(
  chromium                                      # the portal and the desk, as people use them
  xvfb dbus-x11 openbox xdotool x11-utils       # the real window on a virtual screen
  imagemagick                                   # its picture, and whether there is something on it
  gnome-keyring libsecret-tools                 # the desktop's keychain
  hledger                                       # a second opinion on the books
  poppler-utils zbar-tools strace               # reading PDFs and QR codes back; making system calls fail
  fonts-inter fonts-dejavu-core fonts-liberation
)

case "${1:-build}" in
  build) packages=("${build_packages[@]}") ;;
  test) packages=("${build_packages[@]}" "${test_packages[@]}") ;;
  *) echo "usage: build/setup.sh [build|test]" >&2; exit 2 ;;
esac

need() { # need PROGRAM MINIMUM FOUND WHERE
  if [ "$(printf '%s\n%s\n' "$2" "$3" | sort -V | head -n1)" != "$2" ]; then
    echo "Voldaan needs $1 $2 or newer; this machine has ${3:-none}. Get it from $4." >&2
    exit 1
  fi
}
need Go 1.26 "$(go env GOVERSION 2>/dev/null | sed 's/^go//')" "go.dev"
need Node 20 "$(node --version 2>/dev/null | sed 's/^v//')" "nodejs.org"

if ! command -v dpkg-query >/dev/null; then
  echo "This is not Debian or Ubuntu: please install the equivalents of ${packages[*]}." >&2
  exit 0
fi

missing=()
for p in "${packages[@]}"; do
  case "$(dpkg-query -W -f='${Status}' "$p" 2>/dev/null || true)" in
    *'ok installed') ;;
    *) missing+=("$p") ;;
  esac
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Please install these packages as root: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "Installing system packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
  "${as_root[@]}" apt-get update -q &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
} >"$log" 2>&1 </dev/null || { tail -n 40 "$log" >&2; exit 1; }
