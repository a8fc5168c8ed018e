package io.vmgauge.adapters.grpc.service;

import io.grpc.ServerServiceDefinition;
import io.vmgauge.adapters.grpc.cri.ImageFsInfoResponse;
import io.vmgauge.adapters.grpc.cri.ImageServiceGrpc;
import io.vmgauge.adapters.grpc.cri.ListImagesResponse;

/**
 * CRI's image service, which lists no images. vmgauge keeps none, and does not know the size of those that VMs are made
 * of. crictl asks for images before commands that have nothing to do with them, and must get an answer.
 */
public final class ImageService {
    private ImageService() {}

    public static ServerServiceDefinition definition() {
        return new Service(ImageServiceGrpc.getServiceDescriptor())
                .answer(ImageServiceGrpc.getListImagesMethod(), request -> ListImagesResponse.getDefaultInstance())
                .answer(ImageServiceGrpc.getImageFsInfoMethod(), request -> ImageFsInfoResponse.getDefaultInstance())
                .build();
    }
}
