#!/usr/bin/env bash
# Writes what a package that depends on Amalgam needs to find libtorch: the header amalgam_libtorch.h and amalgam-libtorch.pc.
#
#   scripts/describe-libtorch.sh LIBTORCH HEADER-FOLDER PKGCONFIG-FOLDER [ROOT]
#
# ROOT is put before the two folders when writing, and is not mentioned in the files (DESTDIR). Files that are right already are left alone,
# so that nothing is built again.
set -eu
libtorch=$1 headers=$2 descriptions=$3 destination=${4:-}

write() { # write FILE: from standard input
    local text
    text=$(cat)
    mkdir -p "$(dirname "$1")"
    [ "$(cat "$1" 2>/dev/null)" = "$text" ] || printf '%s\n' "$text" >"$1"
}
case $headers in /*) ;; *) headers=$(pwd -P)/$headers descriptions=$(pwd -P)/$descriptions ;; esac

write "$destination$headers/amalgam_libtorch.h" <<END
#define AMALGAM_LIBTORCH_LIBRARIES "$libtorch/lib"
END
write "$destination$descriptions/amalgam-libtorch.pc" <<END
Name: amalgam-libtorch
Description: The header folders of the libtorch that Amalgam uses
Version: 1
Cflags: -I$libtorch/include -I$libtorch/include/torch/csrc/api/include -I$headers
END
