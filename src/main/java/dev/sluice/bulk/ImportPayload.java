package dev.sluice.bulk;

import dev.sluice.parse.ListFormat;
import dev.sluice.port.Imports;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Scheme;
import org.jspecify.annotations.Nullable;

/**
 * What the job of an import says.
 *
 * @param name as {@link Imports.Order#name}
 * @param file name of the file that was uploaded; null when there is an address to fetch from
 * @param url address to fetch from, as {@link ListAddresses} stores it; null when there is a file
 */
record ImportPayload(
        String name,
        Merge merge,
        ListFormat format,
        @Nullable Scheme protocol,
        boolean httpsIsTls,
        boolean dryRun,
        @Nullable String file,
        @Nullable String url) {
    static ImportPayload of(Imports.Order order, @Nullable String file, @Nullable String url) {
        return new ImportPayload(
                order.name(),
                order.merge(),
                order.format(),
                order.protocol(),
                order.httpsIsTls(),
                order.dryRun(),
                file,
                url);
    }

    /** Source that lists the entries. */
    String source() {
        return "import:" + name;
    }
}
