#!/bin/sh
# A repository of small packages for rpm: rpms.sh FOLDER. With a group of packages, an advisory, and two versions of some.
set -e
mkdir -p "$1"
spec=$(mktemp)
cat > "$spec" <<'SPEC'
Name: %{n}
Version: %{v}
Release: 1
Summary: %{n}
License: MIT
BuildArch: noarch
%{?needs:Requires: %{needs}}
%description
%{n}
%install
mkdir -p %{buildroot}/usr/share/compared
echo %{v} > %{buildroot}/usr/share/compared/%{n}
%files
/usr/share/compared/%{n}
SPEC
make() {
    rpmbuild -bb --quiet --define "n $1" --define "v $2" ${3:+--define "needs $3"} --define "_rpmdir $folder" --define '_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm' \
        --define "_topdir $(mktemp -d)" --define '_buildhost compare' --define 'source_date_epoch_from_changelog 0' --define 'use_source_date_epoch_as_buildtime 1' "$spec"
}
export SOURCE_DATE_EPOCH=1767225600
folder=$1
for version in 1.0 1.1; do make alpha $version; make gamma $version; done
make beta 1.0 alpha
for name in delta epsilon zeta eta theta; do make $name 1.0; done
cat > "$1/comps.xml" <<'COMPS'
<?xml version="1.0"?><comps><group><id>greeks</id><name>Greeks</name><description>Greeks</description><default>true</default><uservisible>true</uservisible>
<packagelist><packagereq type="mandatory">zeta</packagereq><packagereq type="default">eta</packagereq><packagereq type="optional">theta</packagereq></packagelist></group></comps>
COMPS
createrepo_c -q -g comps.xml "$1"
cat > "$1/updateinfo.xml" <<'INFO'
<?xml version="1.0"?><updates><update from="a@b" status="stable" type="security" version="1"><id>COMPARED-2026:1</id><title>gamma</title><issued date="2026-01-01 00:00:00"/><severity>Important</severity><description>gamma</description>
<pkglist><collection><name>compared</name><package name="gamma" version="1.1" release="1" epoch="0" arch="noarch" src="gamma-1.1-1.src.rpm"><filename>gamma-1.1-1.noarch.rpm</filename></package></collection></pkglist></update></updates>
INFO
modifyrepo_c --mdtype=updateinfo "$1/updateinfo.xml" "$1/repodata" > /dev/null
