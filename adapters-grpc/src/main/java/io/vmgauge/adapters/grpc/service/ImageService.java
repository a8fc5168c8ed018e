package io.vmgauge.adapters.grpc.service;

import io.grpc.ServerServiceDefinition;
import io.vmgauge.adapters.grpc.cri.ImageFsInfoResponse;
import io.vmgauge.adapters.grpc.cri.ImageServiceGrpc;
import io.vmgauge.adapters.grpc.cri.ListImagesResponse;

/**
 * CRI's image service. vmgauge keeps no images, and of those that VMs are made of it knows no size: so there are none.
 * crictl asks before commands that have nothing to do with images, and must get an answer.
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
