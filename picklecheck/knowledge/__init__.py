"""The world as data: boundaries, carriers, types that refuse, wrappers and factories; knows no program."""
