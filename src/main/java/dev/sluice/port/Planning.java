package dev.sluice.port;

import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import java.util.List;

/** Plans next checks anew by the rules in force. {@code keep} implements it, a job uses it. Thread-safe. */
public interface Planning {
    /**
     * Plans the next check of each of these entries by its history and the present rules, as if they had always been in
     * force; what was never checked, is archived, or has changed meanwhile is left out.
     *
     * @return how many got another plan, and how many results wait to be written: callers give way while those are many
     */
    Future<Planned> replan(List<StoredProxy> entries);

    /**
     * What was planned.
     *
     * @param planned entries with another plan
     * @param waiting results in memory that the store has not taken yet
     */
    record Planned(int planned, int waiting) {}
}
