#!/bin/sh
# Makes the secrets of a Serendip, each in a file of its own:
#
#   sudo deploy/make-secrets.sh /etc/serendip/secrets
#
# Only the owner may read them. A group's name or number behind the folder lets that group read them too: containers need
# it, whose user is not root (65532 in deploy/compose), and a user of its own for the server. What is there already stays as it is.
set -eu

folder=${1:?"Name the folder, like: $0 /etc/serendip/secrets"}
group=${2:-}
# The folder above is no secret: the user of the server passes through it.
(umask 022 && mkdir -p "$(dirname "$folder")")
umask 077
mkdir -p "$folder"

for name in session-secret admin-token turn-secret; do
  if [ ! -s "$folder/$name" ]; then
    openssl rand -base64 48 > "$folder/$name.new"
    mv "$folder/$name.new" "$folder/$name"
  fi
done

# coturn reads its secret from its configuration only, so that has to be kept like one.
if [ ! -s "$folder/turnserver.conf" ]; then
  awk 'FNR == NR { secret = $0; next } /^#static-auth-secret=/ { print "static-auth-secret=" secret; next } { print }' \
    "$folder/turn-secret" "$(dirname "$0")/coturn/turnserver.conf" > "$folder/turnserver.conf.new"
  mv "$folder/turnserver.conf.new" "$folder/turnserver.conf"
fi

if [ -n "$group" ]; then
  chgrp -R "$group" "$folder"
  chmod 750 "$folder"
  chmod 640 "$folder"/*
fi
