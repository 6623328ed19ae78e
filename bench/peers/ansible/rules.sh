secrets=/run/secrets
[ -r $secrets/redis_users_acl ] && echo mounted
echo "stranger $(redis-cli ping 2>&1)"
REDISCLI_AUTH=$(cat $secrets/redis_password)
export REDISCLI_AUTH
app() { redis-cli --user lwe-app --no-auth-warning "$@" 2>&1 | paste -s -d " " -; }
echo "hash $(tr -d '\n' <$secrets/redis_password | sha256sum | cut -d ' ' -f 1)"
echo "app $(app ping)"
echo "aclfile $(app config get aclfile)"
echo "lwe-app $(app acl getuser lwe-app)"
echo "default $(app acl getuser default)"
