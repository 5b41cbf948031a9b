/**
 * Work that survives: jobs are handed to workers under a lease, at least once each.
 *
 * <p>Floor 3. The truth about a job is a row in the store's database; Redis, where configured, only tells workers sooner.
 */
@NullMarked
package dev.sluice.queue;

import org.jspecify.annotations.NullMarked;
