#!/usr/bin/env bash
# Unpacks the real stores of the system tests from Debian's packages into a directory:
#   stores.sh DIRECTORY
# Afterwards DIRECTORY/bin holds prometheus, promtool, prometheus-alertmanager, amtool,
# victoria-metrics, vmagent, vmalert, influxd, influx.
# Nothing is installed, so no daemon is started and no port is taken on the machine.
set -euo pipefail
target=$1
wanted=(prometheus prometheus-alertmanager victoria-metrics influxdb influxdb-client)
mkdir -p "$target/packages" "$target/bin"

unpack() {
    local package=$1
    [ -e "$target/packages/$package.done" ] && return
    (cd "$target/packages" && apt-get -o APT::Sandbox::User=root download -qq "$package") ||
        { if [ "$(id -u)" = 0 ]; then apt-get update -qq; else sudo apt-get update -qq; fi
          (cd "$target/packages" && apt-get -o APT::Sandbox::User=root download -qq "$package"); }
    dpkg-deb -x "$target/packages/$package"_*.deb "$target/root"
    rm "$target/packages/$package"_*.deb
    touch "$target/packages/$package.done"
}

for package in "${wanted[@]}"; do unpack "$package"; done
for binary in "$target"/root/usr/bin/*; do ln -sf "../root/usr/bin/$(basename "$binary")" "$target/bin/"; done
