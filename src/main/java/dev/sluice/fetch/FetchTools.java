package dev.sluice.fetch;

import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.net.GuardedHttp;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.util.function.Function;

/**
 * What every fetch needs.
 *
 * @param worker parses and reads files
 * @param keeper takes batches
 */
record FetchTools(
        GuardedHttp http,
        WorkerExecutor worker,
        ParserFactory parsers,
        EntryMapper mapper,
        Function<CandidatesFound, Future<CandidatesKept>> keeper) {}
