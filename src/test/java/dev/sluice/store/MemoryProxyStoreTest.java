package dev.sluice.store;

import io.vertx.core.Future;

class MemoryProxyStoreTest extends ProxyStoreContract implements JobRecordsContract, ImportChunksContract {
    private MemoryProxyStore memory = new MemoryProxyStore();

    @Override
    protected void prepare() {
        memory = new MemoryProxyStore();
    }

    @Override
    protected void cleanUp() {
        // it goes with the test
    }

    @Override
    protected Future<ProxyStore> open() {
        memory = memory.reopened();
        return Future.succeededFuture(memory);
    }
}
