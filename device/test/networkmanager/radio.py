"""NetworkManager with a radio, for machines that have none: python-dbusmock's, and what it lacks of joining.

It knows the networks of VENUE, checks their passwords, and goes through the states of a device with their reasons
as NetworkManager does (seen with NetworkManager 1.42).
"""

import dbus
import dbusmock
from dbusmock.templates.networkmanager import *  # the methods of a template are those of its module
from dbusmock.templates import networkmanager
from gi.repository import GLib

WIFI = '/org/freedesktop/NetworkManager/Devices/radio'
PSK = 0x108  # CCMP, pre-shared key
SAE = 0x408  # CCMP, WPA3's way
NONE = 0
frozen = False
misses = 0

# name, password, hidden, strength, MHz, security
VENUE = [
    ('Salle des fêtes', 'lavande2026', False, 92, 5180, PSK),
    ('Salle des fêtes', 'lavande2026', False, 40, 2412, PSK),
    ('Mairie‑Public', None, False, 38, 2437, NONE),
    ('Coulisses', 'rideau-rouge', True, 55, 2462, PSK),
    ('Salle neuve', 'lavande2026', False, 71, 2462, SAE),
]


def load(mock, parameters):
    networkmanager.load(mock, {'Connectivity': dbus.UInt32(1), 'State': dbus.UInt32(20), 'Version': '1.42.4'})
    manager = dbusmock.get_object(MANAGER_OBJ)
    manager.join = join
    manager.deactivate_connection = deactivate
    manager.activate_connection = activate
    manager.AddMethods(
        MANAGER_IFACE,
        [
            (
                'AddAndActivateConnection2',
                'a{sa{sv}}ooa{sv}',
                'ooa{sv}',
                'ret = self.join(self, args[0], args[1])',
            ),
        ],
    )
    # nmcli is an agent for secrets, and asks for 3 s to be one.
    agents = 'org.freedesktop.NetworkManager.AgentManager'
    methods = [('RegisterWithCapabilities', 'su', '', ''), ('Unregister', '', '', '')]
    mock.AddObject(f'{MANAGER_OBJ}/AgentManager', agents, {}, methods)
    plug_in(mock)


def plug_in(mock):
    """The card, and what it sees."""
    mock.AddWiFiDevice('radio', 'wlan0', DeviceState.DISCONNECTED)
    device = dbusmock.get_object(WIFI)
    device.AddProperty(WIRELESS_DEVICE_IFACE, 'LastScan', dbus.Int64(1))
    device.look = look
    device.AddMethod(WIRELESS_DEVICE_IFACE, 'RequestScan', 'a{sv}', '', 'self.look(self)')
    for number, (name, _password, hidden, strength, frequency, security) in enumerate(VENUE):
        mock.AddAccessPoint(
            *(WIFI, f'point{number}', '' if hidden else name, f'02:00:00:00:00:0{number}', 2),
            *(frequency, 54000, strength, security),
        )


@dbus.service.method(MOCK_IFACE, in_signature='', out_signature='')
def PlugIn(self):
    plug_in(self)


@dbus.service.method(MOCK_IFACE, in_signature='', out_signature='')
def PullOut(self):
    manager = dbusmock.get_object(MANAGER_OBJ)
    for path in list(manager.Get(MANAGER_IFACE, 'ActiveConnections')):
        self.RemoveActiveConnection(WIFI, path)
    for path in list(dbusmock.get_object(WIFI).access_points):
        self.RemoveAccessPoint(WIFI, path)
    devices = [path for path in manager.Get(MANAGER_IFACE, 'Devices') if path != WIFI]
    manager.Set(MANAGER_IFACE, 'Devices', dbus.Array(devices, signature='o'))
    self.object_manager_emit_removed(WIFI)
    self.RemoveObject(WIFI)


@dbus.service.method(MOCK_IFACE, in_signature='', out_signature='')
def Lose(_self):
    """The router is switched off, and NetworkManager gives its network up."""
    manager = dbusmock.get_object(MANAGER_OBJ)
    for path in list(manager.Get(MANAGER_IFACE, 'ActiveConnections')):
        manager.RemoveActiveConnection(WIFI, path)
    state_of_device(30, 0)
    manager.UpdateProperties(MANAGER_IFACE, {'Connectivity': dbus.UInt32(1), 'State': dbus.UInt32(20)})


@dbus.service.method(MOCK_IFACE, in_signature='', out_signature='')
def Freeze(_self):
    """Nothing that was asked for comes to an end any more."""
    global frozen
    frozen = True


@dbus.service.method(MOCK_IFACE, in_signature='u', out_signature='')
def Miss(_self, times):
    """So many attempts from now on get no answer from the network."""
    global misses
    misses = times


def look(device):
    def looked():
        last = device.Get(WIRELESS_DEVICE_IFACE, 'LastScan')
        device.UpdateProperties(WIRELESS_DEVICE_IFACE, {'LastScan': dbus.Int64(last + 1)})

    if not frozen:
        GLib.timeout_add(20, looked)


def join(manager, settings, device_path):
    """AddAndActivateConnection2: answers at once, and the rest follows."""
    profile = manager.SettingsAddConnection(settings)
    profile_object = dbusmock.get_object(profile)
    profile_object.UpdateProperties(CSETTINGS_IFACE, {'Unsaved': dbus.Boolean(True)})
    profile_object.AddMethod(
        CSETTINGS_IFACE, 'Save', '', '', "self.UpdateProperties(self.interface, {'Unsaved': dbus.Boolean(False)})"
    )
    name = profile.rsplit('/', 1)[1]
    active = manager.AddActiveConnection([device_path], profile, '/', name, dbus.UInt32(1))
    wifi = settings['802-11-wireless']
    psk = settings.get('802-11-wireless-security', {}).get('psk')
    if not frozen:
        GLib.timeout_add(50, lambda: associate(manager, active, wifi, psk))
    return (dbus.ObjectPath(profile), dbus.ObjectPath(active), dbus.Dictionary({}, signature='sv'))


def activate(manager, profile, device, point):
    """ActivateConnection: of the profile "/" it makes the best that it knows, the one that came last."""
    if profile != '/':
        return networkmanager.activate_connection(manager, profile, device, point)
    settings = dbusmock.get_object('/org/freedesktop/NetworkManager/Settings')
    best = settings.Get('org.freedesktop.NetworkManager.Settings', 'Connections')[-1]
    active = networkmanager.activate_connection(manager, best, device, point)
    activated(manager, active)
    return active


def deactivate(manager, active):
    """nmcli waits for the state, not for the end of the object."""
    dbusmock.get_object(active).UpdateProperties(ACTIVE_CONNECTION_IFACE, {'State': dbus.UInt32(4)})
    GLib.timeout_add(20, lambda: manager.RemoveActiveConnection(WIFI, active))


def associate(manager, active, wifi, psk):
    global misses
    if misses > 0:
        misses -= 1
        fail(manager, active, 11)
        return
    wanted = bytes(wifi['ssid']).decode('UTF-8', 'replace')
    found = [network for network in VENUE if network[0] == wanted and (wifi.get('hidden') or not network[2])]
    if not found:
        fail(manager, active, 53)
    elif found[0][1] != (None if psk is None else str(psk)):
        # A wrong password under WPA3 ends as if the network were not there.
        fail(manager, active, 53 if found[0][5] == SAE else 7)
    else:
        state_of_device(70, 0)
        GLib.timeout_add(50, lambda: activated(manager, active))


def fail(manager, active, reason):
    state_of_device(120, reason)
    dbusmock.get_object(active).UpdateProperties(ACTIVE_CONNECTION_IFACE, {'State': dbus.UInt32(4)})
    manager.RemoveActiveConnection(WIFI, active)


def activated(manager, active):
    state_of_device(100, 0)
    dbusmock.get_object(active).UpdateProperties(ACTIVE_CONNECTION_IFACE, {'State': dbus.UInt32(2)})
    manager.UpdateProperties(MANAGER_IFACE, {'Connectivity': dbus.UInt32(4), 'State': dbus.UInt32(70)})


def state_of_device(state, reason):
    device = dbusmock.get_object(WIFI)
    before = device.Get(DEVICE_IFACE, 'State')
    device.UpdateProperties(DEVICE_IFACE, {'State': dbus.UInt32(state)})
    device.EmitSignal(
        DEVICE_IFACE, 'StateChanged', 'uuu', [dbus.UInt32(state), dbus.UInt32(before), dbus.UInt32(reason)]
    )
