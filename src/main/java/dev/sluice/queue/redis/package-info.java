/**
 * Jobs over the store's database, told of by Redis Streams: ids travel there, never what jobs carry.
 *
 * <p>Floor 3. State is confined to the queue's thread.
 */
@NullMarked
package dev.sluice.queue.redis;

import org.jspecify.annotations.NullMarked;
