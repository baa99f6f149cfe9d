#!/usr/bin/env bash
# Runs a command in a fresh clone on a bare Debian, as an ordinary user, the way a newcomer would:
#   tests/bare_machine.sh bookworm make test
#   tests/bare_machine.sh --possible      ends with 0 if this machine can do that, else says why not
#
# Needs root and debootstrap. What is cloned is what is committed. The bare system is made once a week and
# kept below /var/cache; each run has a copy of it that is thrown away. Mounts and processes live in
# namespaces of their own, so nothing of them is left, however a run ends. Mirror, proxy, certificates and
# pip's settings are this machine's.
set -euo pipefail

folder=${VIRTAAMA_BARE_FOLDER:-/var/cache/virtaama-bare}
packages=make,python3,git,ca-certificates
kept_days=7
repository=$(cd "$(dirname "$0")/.." && pwd)

say() { echo "bare machine: $*" >&2; }

# The mirrors of Debian's archive that this machine's apt uses: "archive" or "security".
mirror() {
    local release
    release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    if [ "$1" = security ]; then release=$release-security; fi
    apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' |
        awk -v release="$release" '$2 == release && $3 == "main" && $1 ~ /\/debian(-security)?\/$/ { print $1; exit }'
}

possible() {
    [ "$(id -u)" = 0 ] || { say "needs root"; return 1; }
    command -v debootstrap > /dev/null || { say "needs the package debootstrap"; return 1; }
    [ -n "$(mirror archive)" ] || { say "finds no mirror of Debian's archive in apt's sources"; return 1; }
    unshare --mount --pid --fork mount -t tmpfs tmpfs /mnt 2> /dev/null ||
        { say "may not mount here, as in most containers"; return 1; }
}

make_base() {
    local suite=$1 base=$2 wanted
    wanted="$packages $(mirror archive)"
    if [ "$(cat "$base.made" 2> /dev/null)" = "$wanted" ] && [ -n "$(find "$base.made" -mtime "-$kept_days")" ]; then
        return
    fi
    say "makes a bare $suite"
    rm -rf --one-file-system "$base" "$base.made"
    debootstrap --variant=minbase --include="$packages" "$suite" "$base" "$(mirror archive)" > "$base.log" ||
        { tail "$base.log" >&2; exit 1; }
    echo "$wanted" > "$base.made"
}

# How this machine reaches its mirrors, and whom it trusts.
copy_ways_out() {
    local root=$1 suite=$2 security name file
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    echo "deb $(mirror archive) $suite main" > "$root/etc/apt/sources.list"
    security=$(mirror security)
    [ -z "$security" ] || echo "deb $security $suite-security main" >> "$root/etc/apt/sources.list"
    apt-config dump | grep -E '^Acquire::https?::' > "$root/etc/apt/apt.conf.d/90ways-out" || true
    for file in /etc/pip.conf /etc/xdg/pip/pip.conf; do
        # Folders of this machine are none of that one.
        [ ! -e "$file" ] || sed '/find-links\|constraint\|file:/d' "$file" | install -Dm644 /dev/stdin "$root$file"
    done
    for name in PIP_CERT SSL_CERT_FILE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE bundle; do
        file=${!name:-/etc/ssl/certs/ca-certificates.crt}
        [ ! -f "$file" ] || install -Dm644 "$file" "$root$file"
    done
}

# Within the namespaces: makes the machine, the user and the clone, and runs the command.
inside() {
    local suite=$1 base=$folder/$1 root=$folder/$1.run settings
    shift
    make_base "$suite" "$base"
    cp -a "$base" "$root"
    copy_ways_out "$root" "$suite"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    chroot "$root" useradd --create-home --shell /bin/bash plant
    # Hard links would hand this clone's own files to the user.
    git clone --quiet --no-local "$repository" "$root/home/plant/virtaama"
    chroot "$root" chown -R plant:plant /home/plant
    mapfile -t settings < <(env | grep -E \
        '^(PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|PROXY|CERT|DEFAULT_TIMEOUT|RETRIES)|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(https?|no)_proxy|(HTTPS?|NO)_PROXY)=')
    say "$suite, $(chroot "$root" python3 --version), as an ordinary user: $*"
    chroot --userspec=plant:plant "$root" /usr/bin/env -i HOME=/home/plant USER=plant \
        PATH=/usr/local/bin:/usr/bin:/bin "${settings[@]}" bash -c 'cd ~/virtaama && exec "$@"' bare "$@" || exit $?
}

case ${1:-} in
    --possible) possible ;;
    --inside) shift; inside "$@" ;;
    "") say "which Debian, and which command?"; exit 2 ;;
    *)
        possible
        suite=$1
        mkdir -p "$folder"
        exec 9> "$folder/$suite.lock"
        flock --nonblock 9 || { say "waits for another run of $suite"; flock 9; }
        # Out here nothing is mounted in it.
        throw_away() { rm -rf --one-file-system "${folder:?}/$suite.run"; }
        throw_away
        trap throw_away EXIT
        setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc "$0" --inside "$@"
        ;;
esac
