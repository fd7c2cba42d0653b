#!/bin/sh
# A repository of small packages for pacman: pacmans.sh FOLDER. makepkg does not run as root, and needs no more than this.
set -e
mkdir -p "$1"
make() {
    tree=$(mktemp -d)
    mkdir -p "$tree/usr/share/compared"
    echo "$2" > "$tree/usr/share/compared/$1"
    {
        printf 'pkgname = %s\npkgver = %s-1\npkgdesc = %s\nurl = http://localhost\nbuilddate = 1767225600\npackager = compare\nsize = 4\narch = any\nlicense = MIT\n' "$1" "$2" "$1"
        [ -z "$3" ] || printf 'depend = %s\n' "$3"
        [ -z "$4" ] || printf 'group = %s\n' "$4"
    } > "$tree/.PKGINFO"
    tar -C "$tree" --mtime=@1767225600 --sort=name --owner=0 --group=0 -cf - .PKGINFO usr | gzip -n > "$folder/$1-$2-1-any.pkg.tar.gz"
}
folder=$1
make alpha 1.0; make gamma 1.0
repo-add -q "$1/old.db.tar.gz" "$1"/*.pkg.tar.gz
make alpha 1.1; make gamma 1.1; make beta 1.0 alpha
for name in delta epsilon; do make $name 1.0; done
make zeta 1.0 '' greeks; make eta 1.0 '' greeks
repo-add -q "$1/compared.db.tar.gz" "$1"/alpha-1.1* "$1"/gamma-1.1* "$1"/beta* "$1"/delta* "$1"/epsilon* "$1"/zeta* "$1"/eta*
