#!/usr/bin/env bash
# run.sh BUILD: installs BUILD into a throw-away prefix and builds, links and runs a small program
# against it, found by find_package(weir) and by pkg-config, shared and static.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

step() {
    printf -- '-- %s\n' "$*"
}

fail() {
    printf 'package test: %s\n' "$*" >&2
    exit 1
}

step install
cmake --install "$build" --prefix "$prefix" >"$scratch/install.log" || {
    cat "$scratch/install.log" >&2
    fail 'cmake --install failed'
}
libraries=$(dirname "$(find "$prefix" -name libweir.so)")
[ -f "$libraries/libweir.a" ] || fail 'libweir.a is not installed'
[ "$(readlink "$libraries/libweir.so.0")" = libweir.so.0.1.0 ] || fail 'libweir.so.0 leads nowhere'
if grep -rlF "$build" "$prefix" --include='*.cmake' --include='*.pc'; then
    fail 'the files above name the build folder'
fi
# The prefix must be free to move.
mv "$prefix" "$scratch/moved"
libraries=$scratch/moved${libraries#"$prefix"}
prefix=$scratch/moved

step 'find_package(weir)'
cmake -G Ninja -S "$here" -B "$scratch/stranger" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_BUILD_TYPE=Debug >"$scratch/configure.log" || {
    cat "$scratch/configure.log" >&2
    fail 'find_package does not find it'
}
cmake --build "$scratch/stranger"
"$scratch/stranger/stranger_weir"
"$scratch/stranger/stranger_shared"
"$scratch/stranger/stranger_static"

step pkg-config
export PKG_CONFIG_PATH=$libraries/pkgconfig
read -ra shared < <(pkg-config --cflags --libs weir)
gcc -o "$scratch/by_pc" "$here/main.c" "${shared[@]}"
LD_LIBRARY_PATH=$libraries "$scratch/by_pc"
[ "$(pkg-config --modversion weir)" = 0.1.0 ] || fail 'weir.pc has another version'
# `pkg-config --static` would ask for archives of everything below us, which Debian has not; the
# archive of weir alone is what people link.
mapfile -t needs < <(pkg-config --print-requires-private weir | cut -d ' ' -f 1)
read -ra static < <(pkg-config --libs "${needs[@]}")
gcc -o "$scratch/by_pc_static" "$here/main.c" -I"$prefix/include" "$libraries/libweir.a" \
    "${static[@]}" -lzookeeper_mt -pthread
"$scratch/by_pc_static"

if [ -x "$prefix/bin/weir" ]; then
    step 'the command'
    "$prefix/bin/weir" --help >/dev/null
fi
