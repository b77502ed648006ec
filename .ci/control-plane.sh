#!/usr/bin/env bash
# Builds what tests/cluster runs, a Kubernetes control plane, simulated nodes and Helm, from Go modules into the directory
# of the first argument. A program that is there at its version stays; one that cannot be built is named, and its tests
# skip.
set -Eeuo pipefail
tools=${1:?usage: control-plane.sh DIRECTORY}

# Each module with the flags that its own release scripts give the linker; programs of one module are built together,
# since they share most of what is compiled. tests/cluster compares what the API server answers with this version.
kubernetes=v1.36.4
helm=v3.21.3
kwok=v0.8.0
minor=${kubernetes#v1.} minor=${minor%.*}
of_kubernetes="-X k8s.io/component-base/version.gitVersion=$kubernetes -X k8s.io/client-go/pkg/version.gitVersion=$kubernetes
  -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$minor"
of_helm="-X helm.sh/helm/v3/internal/version.version=$helm
  -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=$minor
  -X helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor=$minor"

# replace_staging VERSION: k8s.io/kubernetes takes some modules from directories of its own repository, which are not in
# the module. Its v1.N.P is released together with their v0.N.P.
replace_staging() {
  local file replacements
  file=$(go mod download -json "k8s.io/kubernetes@$1" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p') || return 1
  mapfile -t replacements < <(
    sed -n "s|^\t\(k8s\.io/[a-z-]*\) => \./staging/.*|-replace=\1=\1@v0.${1#v1.}|p" "$file"
  )
  go mod edit "${replacements[@]}"
}

# build VERSION MODULE FLAGS NAME...: the programs cmd/NAME of a module, in a module of their own.
build() {
  local version=$1 module=$2 flags=$3 name work missing=() packages
  shift 3
  for name; do
    if [[ -x $tools/$name-$version ]]; then ln -sf "$name-$version" "$tools/$name"; else missing+=("$name"); fi
  done
  ((${#missing[@]})) || return 0
  command -v go >/dev/null || { echo "CI: there is no Go, so no ${missing[*]}; its tests will skip"; return 0; }
  packages=("${missing[@]/#/$module/cmd/}")
  work=$(mktemp -d)
  (
    mkdir "$work/bin" && cd "$work" && go mod init build &&
      if [[ $module == k8s.io/kubernetes ]]; then replace_staging "$version"; fi &&
      go get "${packages[@]/%/@$version}" &&
      go build -trimpath -ldflags "-s -w ${flags//$'\n'/}" -o bin/ "${packages[@]}"
  ) &>"$work/log" || {
    tail -5 "$work/log"
    echo "CI: ${missing[*]} could not be built; its tests will skip"
    missing=()
  }
  for name in "${missing[@]}"; do
    mv "$work/bin/$name" "$tools/$name-$version"
    ln -sf "$name-$version" "$tools/$name"
  done
  rm -rf "$work"
}

mkdir -p "$tools"
build "$helm" helm.sh/helm/v3 "$of_helm" helm
build "$kwok" sigs.k8s.io/kwok "" kwok
build "$kubernetes" k8s.io/kubernetes "$of_kubernetes" kube-apiserver kube-controller-manager kube-scheduler kubectl
