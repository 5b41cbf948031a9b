package dev.sluice.store.redis;

/**
 * What Redis does in one step. Scripts are sent whole each time, so that a restart of Redis leaves none missing. All of them
 * take the keys of the lock and of the meta data first.
 */
final class Scripts {
    /**
     * Becomes the owner. Arguments: token, milliseconds, format, name for a store that is new. Answers OK and what the meta
     * data say, OWNER and whose it is, or FORMAT.
     */
    static final String TAKE = """
            local owner = redis.call('GET', KEYS[1])
            if owner and owner ~= ARGV[1] then return {'OWNER', owner} end
            local format = redis.call('HGET', KEYS[2], 'format')
            if format and format ~= ARGV[3] then return {'FORMAT', format} end
            redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            redis.call('HSETNX', KEYS[2], 'format', ARGV[3])
            redis.call('HSETNX', KEYS[2], 'store', ARGV[4])
            redis.call('HSETNX', KEYS[2], 'revision', '0')
            redis.call('HSETNX', KEYS[2], 'entries', '0')
            redis.call('HSETNX', KEYS[2], 'last_id', '0')
            local term = redis.call('HINCRBY', KEYS[2], 'term', 1)
            local meta = redis.call('HMGET', KEYS[2], 'store', 'revision', 'entries', 'last_id')
            return {'OK', meta[1], meta[2], meta[3], meta[4], tostring(term)}
            """;

    /**
     * Stays the owner, and says what the store is like. Arguments: token, milliseconds, term, name of the store. A lock that
     * has ended is taken anew, unless there was another owner since. Answers OK, name (empty where all is gone), revision and
     * latest commit; or OWNER and whose it is.
     */
    static final String TEND = """
            local owner = redis.call('GET', KEYS[1])
            if owner and owner ~= ARGV[1] then return {'OWNER', owner} end
            local meta = redis.call('HMGET', KEYS[2], 'store', 'revision', 'commit', 'term')
            if meta[1] and (meta[1] ~= ARGV[4] or tonumber(meta[4]) > tonumber(ARGV[3])) then
              return {'OWNER', 'a process that came later'}
            end
            if owner then
              redis.call('PEXPIRE', KEYS[1], ARGV[2])
            else
              redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            end
            return {'OK', meta[1] or '', meta[2] or '', meta[3] or ''}
            """;

    /**
     * Writes. Arguments: token, expected revision (* for any), new revision, name of the commit, entries, last id, name of
     * the store, term, format; then for each hash its key, how many fields are set and how many deleted, fields and values,
     * fields. All hashes are looked at before the first is changed: what was written before a failure would stay. Answers
     * OK; or LOST, OWNER, REVISION, or TYPE and a key, and nothing was written.
     */
    static final String WRITE = """
            local owner = redis.call('GET', KEYS[1])
            if not owner then return {'LOST'} end
            if owner ~= ARGV[1] then return {'OWNER', owner} end
            if ARGV[2] ~= '*' and redis.call('HGET', KEYS[2], 'revision') ~= ARGV[2] then return {'REVISION'} end
            local at = 10
            while at <= #ARGV do
              local kind = redis.call('TYPE', ARGV[at]).ok
              if kind ~= 'hash' and kind ~= 'none' then return {'TYPE', ARGV[at]} end
              at = at + 3 + 2 * tonumber(ARGV[at + 1]) + tonumber(ARGV[at + 2])
            end
            at = 10
            while at <= #ARGV do
              local key = ARGV[at]
              local sets = tonumber(ARGV[at + 1])
              local removals = tonumber(ARGV[at + 2])
              at = at + 3
              for i = 1, sets do
                redis.call('HSET', key, ARGV[at], ARGV[at + 1])
                at = at + 2
              end
              for i = 1, removals do
                redis.call('HDEL', key, ARGV[at])
                at = at + 1
              end
            end
            redis.call('HSET', KEYS[2], 'revision', ARGV[3], 'commit', ARGV[4], 'entries', ARGV[5], 'last_id', ARGV[6],
              'store', ARGV[7], 'term', ARGV[8], 'format', ARGV[9])
            return {'OK'}
            """;

    /**
     * Reads everything at one moment. Arguments: keys of settings, API keys and chunks, what keys of entries begin with, and
     * how many entries a hash has. Answers the meta data, settings, API keys and chunks as fields and values, and lists of
     * entries.
     */
    static final String READ = """
            local all = {redis.call('HGETALL', KEYS[2])}
            for i = 1, 3 do all[i + 1] = redis.call('HGETALL', ARGV[i]) end
            local last = tonumber(redis.call('HGET', KEYS[2], 'last_id') or '0')
            for bucket = 0, math.floor(last / tonumber(ARGV[5])) do
              all[#all + 1] = redis.call('HVALS', ARGV[4] .. bucket)
            end
            return all
            """;

    /**
     * Removes hashes, as the owner. Arguments: token, then keys. Answers OK; or OWNER and whose it is, and nothing was
     * removed.
     */
    static final String REMOVE = """
            local owner = redis.call('GET', KEYS[1])
            if owner ~= ARGV[1] then return {'OWNER', owner or 'nobody'} end
            for i = 2, #ARGV do redis.call('DEL', ARGV[i]) end
            return {'OK'}
            """;

    /** Is the owner no longer. Argument: token. */
    static final String LET_GO = """
            if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
            return 0
            """;

    private Scripts() {}
}
